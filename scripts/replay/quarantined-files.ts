import { describeError } from '../../lib/domain/errors.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import type { Quarantine, QuarantinedFile } from '../../lib/ports/quarantine.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import { replayFile, replayRefusal, type Replay } from '../../lib/usecases/replay-file.ts';

/** What replaying needs from outside. */
export type ReplayDependencies = Readonly<{
  ledger: Pick<Ledger, 'replay' | 'readAll'>;
  quarantine: Quarantine;
  clock: Clock;
  settings: { skewMs: number };
}>;

/** Which files: those named by key or id, or all that are still poison; with `dryRun` they are only shown. */
export type ReplayOrder = Readonly<{ wanted: ReadonlySet<string>; all: boolean; dryRun: boolean }>;

/**
 * Replays files in quarantine, one after the other, a line for each. A file that cannot be replayed keeps none of the
 * others from it. With `all`, what was replayed before, or begun to be, is left, and only counted: its copy stays in
 * quarantine until the bucket's lifecycle takes it, and under another eTag each replay would be another file.
 * @returns how many of the files that were asked for were not replayed
 */
export const replayQuarantined = async (dependencies: ReplayDependencies, order: ReplayOrder): Promise<number> => {
  const { ledger, quarantine } = dependencies;
  const { wanted, all, dryRun } = order;
  const isNamed = ({ file }: QuarantinedFile): boolean => wanted.has(file.key) || wanted.has(file.id);
  const chosen = (await quarantine.list()).filter((entry) => all || isNamed(entry));
  const items = dryRun || all ? await ledger.readAll(chosen.map(({ file }) => file)) : undefined;
  let missed = 0;
  let answered = 0;
  for (const entry of chosen) {
    const item = items?.get(entry.file.id);
    if (!isNamed(entry) && item?.status !== undefined && item.status !== 'POISON') {
      answered += 1;
      continue;
    }
    const { said, failed } = dryRun ? preview(dependencies, item) : await tryReplay(dependencies, entry);
    console.log(`${said.padEnd(12)}  ${entry.file.id}\n${' '.repeat(14)}${entry.quarantinedAt}  ${entry.reason}`);
    if (failed === undefined) continue;
    missed += 1;
    console.log(`${' '.repeat(14)}${failed}`);
  }
  if (answered > 0)
    console.log(`${String(answered)} more with a copy in quarantine: replayed before; name one to replay it again`);
  const known = new Set(chosen.flatMap(({ file }) => [file.key, file.id]));
  const unknown = [...wanted].filter((name) => !known.has(name));
  for (const name of unknown) console.log(`not there     ${name} is not in quarantine`);
  return missed + unknown.length;
};

/** The word for a file, and if it was not replayed what there is to do about it. */
type Line = Readonly<{ said: string; failed?: string }>;

const advice: Readonly<Record<Exclude<Replay, 'replayed'>, string>> = {
  leased: 'its last owner may still be at it: try again in a minute',
  'not-poison': 'the ledger has another answer by now: it was replayed before',
  occupied: 'another object stands under its key: it stays in quarantine until that one is gone',
  absent: 'its copy is gone from quarantine; only its reason is left',
};

const preview = ({ clock, settings }: ReplayDependencies, item: LedgerItem | undefined): Line => {
  const refusal = replayRefusal(item, { now: clock.now(), skewMs: settings.skewMs });
  return refusal === undefined ? { said: 'would replay' } : { said: refusal, failed: advice[refusal] };
};

const tryReplay = async (dependencies: ReplayDependencies, { file }: QuarantinedFile): Promise<Line> => {
  try {
    const said = await replayFile(dependencies, file);
    return said === 'replayed' ? { said } : { said, failed: advice[said] };
  } catch (error) {
    return { said: 'failed', failed: `${describeError(error)}: replay it again` };
  }
};
