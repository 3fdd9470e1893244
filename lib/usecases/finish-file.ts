import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem } from '../domain/ledger-item.ts';
import { archiveKey, quarantineKey, quarantineReason, reasonKey } from '../domain/quarantine.ts';
import type { Dependencies, Settings } from './dependencies.ts';

/** What finishing needs: it runs no action, and spends no attempt. */
export type FinishDependencies = Pick<Dependencies, 'ledger' | 'objectStore' | 'notifier' | 'clock'> &
  Readonly<{ settings: Pick<Settings, 'archive' | 'skewMs'> }>;

/**
 * Carries out a verdict: sends its notices, then takes the object out of the inbox. By its owner, or by whoever meets
 * it later; every step may be repeated, by several at once. What a crash leaves undone, the next one to meet it does.
 *
 * @param me the owner's nonce, when it is the owner who finishes
 */
export const finishFile = async (
  dependencies: FinishDependencies,
  file: FileVersion,
  item: LedgerItem,
  me?: string,
): Promise<void> => {
  await sendOutbox(dependencies, file, item, me);
  await takeOut(dependencies, file, item, me);
};

/** Its owner sends the outbox; anybody else only once the owner's lease is over, else two would send it without need. */
const sendOutbox = async (
  { ledger, notifier, clock, settings }: FinishDependencies,
  file: FileVersion,
  item: LedgerItem,
  me?: string,
): Promise<void> => {
  const { owner, outbox } = item;
  if (owner === undefined || outbox === undefined || outbox.length === 0) return;
  const leaseIsOver = (item.leaseUntil ?? 0) < clock.now() - settings.skewMs;
  if (owner !== me && !leaseIsOver) return;
  for (const notice of outbox) await notifier.send(notice);
  // A refusal means that another owner's outbox stands there now, or none: either way this one is dealt with.
  await ledger.clearOutbox({ file, owner, now: clock.now() });
};

/** `DONE` goes to the archive, `POISON` to quarantine; then the very object that was read is deleted, or none. */
const takeOut = async (
  { objectStore, settings }: FinishDependencies,
  file: FileVersion,
  item: LedgerItem,
  me?: string,
): Promise<void> => {
  const copies = item.status === 'POISON' || settings.archive === 'bak';
  // A copy costs more than all the rest, and a late duplicate mostly meets an inbox long emptied: look first.
  if (copies && item.owner !== me && !(await objectStore.stands(file))) return;
  if (item.status === 'POISON') {
    if ((await objectStore.copy(file, quarantineKey(file))) === 'absent') return;
    await objectStore.putDocument(file.bucket, reasonKey(file), quarantineReason(file, item));
  } else if (settings.archive === 'bak') {
    if ((await objectStore.copy(file, archiveKey(file))) === 'absent') return;
  }
  await objectStore.remove(file);
};
