import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem } from '../domain/ledger-item.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Quarantine } from '../ports/quarantine.ts';

/** Why the ledger takes no verdict back. */
export type Refusal =
  /** Its last owner may still be at it: try again when the lease is over. */
  | 'leased'
  /** The ledger has another answer by now: done, or being processed. */
  | 'not-poison';

/** What a replay came to. */
export type Replay =
  /** The verdict is taken back and the file stands in the inbox again. */
  | 'replayed'
  | Refusal
  /** Another object stands under its key; the file stays in quarantine. */
  | 'occupied'
  /** There is no copy in quarantine. */
  | 'absent';

/**
 * Gives a quarantined file another life, for an operator who has mended the file's rule: takes the verdict back, then
 * copies the file onto nothing. Each step may be repeated; a crash between the two is mended by replaying again.
 */
export const replayFile = async (
  dependencies: Readonly<{
    ledger: Pick<Ledger, 'replay'>;
    quarantine: Quarantine;
    clock: Clock;
    settings: { skewMs: number };
  }>,
  file: FileVersion,
): Promise<Replay> => {
  const { ledger, quarantine, clock, settings } = dependencies;
  const { written, item } = await ledger.replay({ file, now: clock.now(), skewMs: settings.skewMs });
  if (!written) {
    if (item?.status === 'POISON') return 'leased';
    if (isAnswered(item)) return 'not-poison';
  }
  const restored = await quarantine.restore(file);
  return restored === 'restored' ? 'replayed' : restored;
};

/** What `replayFile` would be refused for now, by the item as it was read; `undefined`: it would be tried. */
export const replayRefusal = (
  item: LedgerItem | undefined,
  { now, skewMs }: { now: number; skewMs: number },
): Refusal | undefined => {
  if (item?.status === 'POISON') return (item.leaseUntil ?? 0) < now - skewMs ? undefined : 'leased';
  return isAnswered(item) ? 'not-poison' : undefined;
};

/** A replay that crashed half way has left the note, and a long time has taken the item away altogether. */
const isAnswered = (item: LedgerItem | undefined): boolean => item?.status !== undefined && item.status !== 'GONE';
