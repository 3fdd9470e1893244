import type { ActionFile } from '../../../lib/domain/action.ts';
import { TransientError } from '../../../lib/domain/errors.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import { archiveKey, quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { Answer, Ledger } from '../../../lib/ports/ledger.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { Settings } from '../../../lib/usecases/dependencies.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import type { InMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { createAttempts } from './attempts.ts';
import { breach } from './invariants.ts';
import type { Process } from './process.ts';

/**
 * Sees what the service does at the moment it takes effect, and writes down what may not be.
 *
 * @param isSound nothing is wrong with that file
 * @param now the time by nobody's clock
 */
export const createWitness = (
  { items }: InMemoryLedger,
  { objects }: InMemoryObjectStore,
  { isSound, say, now }: { isSound: (id: string) => boolean; say: (line: () => string) => void; now: () => number },
) => {
  const violations: string[] = [];
  /** Commits and lives of each file version since the ledger last forgot: an operator's replay begins a new life. */
  const commits = new Map<string, number>();
  const replays = new Map<string, number>();
  const replayedAt = new Map<string, number>();
  /** Replays that were undone by whoever carried out the verdict of before. */
  const undone = new Set<string>();
  /** The last process that claimed each file version. */
  const holders = new Map<string, Process>();
  /** File versions that a process held or took over whose clock breaks the bound: for these no lease means anything. */
  const skewed = new Set<string>();
  const attempts = createAttempts();
  /** When each file version was claimed under each fence, by its owner's clock. */
  const claimedAt = new Map<string, number>();
  let allCommits = 0;

  const count = (counts: Map<string, number>, id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);

  /** Whoever takes a file over must have waited until its lease was over by its holder's own clock, living or dead. */
  const takesOver = (process: Process, { id }: FileVersion, before: LedgerItem | undefined): void => {
    const holder = holders.get(id);
    if (process.isBeyondBound) skewed.add(id);
    if (holder === undefined || skewed.has(id)) return;
    const leftMs = (before?.leaseUntil ?? 0) - holder.clock.now();
    if (leftMs < 0 || (before?.status !== 'PROCESSING' && before?.status !== 'POISON')) return;
    violations.push(
      breach('TAKEN OVER UNDER A LEASE', `${process.name} takes ${id} from ${holder.name}, ${String(leftMs)} ms early`),
    );
  };
  const watched = async (process: Process, file: FileVersion, write: () => Promise<Answer>): Promise<Answer> => {
    const before = items.get(file.id);
    const answer = await write();
    if (answer.written) {
      takesOver(process, file, before);
      holders.set(file.id, process);
    }
    return answer;
  };

  /** A verdict against a sound file: throttles alone may not have led to it. */
  const givenUp = ({ id }: FileVersion, now: number, most: number): void => {
    if (!isSound(id) || skewed.has(id)) return;
    const { firstSeenAt = now, lastError } = items.get(id) ?? {};
    const objection = attempts.objection(id, { most, sinceFirstSeenMs: now - firstSeenAt });
    if (objection === undefined) return;
    violations.push(breach('A HEALTHY FILE POISONED', `${id}: ${lastError ?? ''}, ${objection}`));
  };

  return {
    violations,
    commits,
    replays,
    undone,
    allCommits: () => allCommits,
    forget: () =>
      [commits, replays, replayedAt, undone, holders, skewed, attempts, claimedAt].forEach((one) => one.clear()),

    ledger: (ledger: Ledger, process: Process, settings: Settings): Ledger => ({
      ...ledger,
      async claim(by) {
        const answer = await watched(process, by.file, () => ledger.claim(by));
        if (!answer.written) return answer;
        attempts.begin(by.file, { process, owner: by.owner, begunAt: by.bounds.now });
        const { attempts: times, fence } = answer.item;
        claimedAt.set(`${by.file.id} ${String(fence)}`, by.bounds.now);
        if (times > by.bounds.maxAttempts)
          violations.push(
            breach('ATTEMPTS OVER THE LIMIT', `${by.file.id} is claimed for the ${String(times)}th time`),
          );
        return answer;
      },
      async bury(by) {
        const answer = await watched(process, by.file, () => ledger.bury(by));
        if (answer.written) givenUp(by.file, by.bounds.now, by.bounds.maxAttempts);
        return answer;
      },
      async retry(by) {
        const answer = await ledger.retry(by);
        if (answer.written) attempts.record(by.file, by);
        return answer;
      },
      async poison(by) {
        const answer = await ledger.poison(by);
        if (!answer.written) return answer;
        attempts.record(by.file, { ...by, giveBack: false });
        givenUp(by.file, by.now, settings.maxAttempts);
        return answer;
      },
      async note(by) {
        const answer = await ledger.note(by);
        if (answer.written) attempts.reset(by.file);
        return answer;
      },
      async commit(by) {
        const { owner } = items.get(by.file.id) ?? {};
        const answer = await ledger.commit(by);
        if (answer.written) {
          if (owner !== by.owner)
            violations.push(breach('COMMITTED BY ANOTHER', `${by.file.id}: ${by.owner}, not ${owner ?? 'nobody'}`));
          count(commits, by.file.id);
          allCommits += 1;
          say(() => `${process.name} commits ${by.file.id}`);
        }
        return answer;
      },
      async replay(by) {
        const answer = await watched(process, by.file, () => ledger.replay(by));
        if (!answer.written) return answer;
        count(replays, by.file.id);
        replayedAt.set(by.file.id, now());
        attempts.reset(by.file);
        return answer;
      },
    }),

    /** Nothing leaves without a verdict, nothing before its copy, and nothing but the object spoken of. */
    objectStore: (objectStore: ObjectStore, process: Process, settings: Settings): ObjectStore => ({
      ...objectStore,
      async remove(file) {
        const path = `${file.bucket}/${file.key}`;
        const before = objects.get(path);
        await objectStore.remove(file);
        if (before === undefined || objects.has(path)) return;
        if (before.eTag !== file.eTag)
          violations.push(breach('ANOTHER OBJECT DELETED', `${before.eTag} for ${file.id}`));
        const status = items.get(file.id)?.status;
        const isQuarantined = objects.has(`${file.bucket}/${quarantineKey(file)}`);
        // Who was about to carry out a verdict when an operator took it back puts the file into quarantine again.
        const metTheOld = process.begunAt <= (replayedAt.get(file.id) ?? -Infinity);
        if (metTheOld && status !== 'DONE' && status !== 'POISON' && isQuarantined) {
          undone.add(file.id);
          say(() => `a replay of ${file.id} was undone by a finish that had begun before it`);
          return;
        }
        if (status !== 'DONE' && status !== 'POISON') violations.push(breach('DELETED WITHOUT A VERDICT', file.id));
        const isArchived = settings.archive !== 'bak' || objects.has(`${file.bucket}/${archiveKey(file)}`);
        if (status === 'POISON' ? !isQuarantined : !isArchived)
          violations.push(breach('DELETED BEFORE ITS COPY', file.id));
      },
    }),

    /** A function ends by itself, or by an error that says that it is worth another try. */
    threw(name: string, error: unknown): void {
      say(() => `${name} threw ${String(error)}`);
      if (!(error instanceof TransientError)) violations.push(breach('A MISTAKE', `${name} threw ${String(error)}`));
    },

    /** An action that was not aborted must still be the one owner, unless its machine stalled in it or a clock broke the bound. */
    atWork(process: Process, file: ActionFile): void {
      const item = items.get(file.id);
      const begunAt = claimedAt.get(`${file.id} ${String(file.fence)}`) ?? Infinity;
      if (process.hasStalledBetween(begunAt, Infinity) || skewed.has(file.id)) return;
      if (item?.status === 'PROCESSING' && item.fence === file.fence) return;
      violations.push(
        breach(
          'TWO OWNERS',
          `${process.name} works on ${file.id} under fence ${String(file.fence)}, the ledger \
has ${String(item?.status)} under ${String(item?.fence)}`,
        ),
      );
    },
  };
};

export type Witness = ReturnType<typeof createWitness>;

/** The sender's last word on each key, and what every file version ever sent holds. */
export type Senders = Readonly<{
  wanted: ReadonlyMap<string, FileVersion>;
  contents: ReadonlyMap<string, string>;
}>;
