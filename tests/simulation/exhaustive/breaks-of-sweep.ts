import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import type { Ledger } from '../../../lib/ports/ledger.ts';
import { sweepInbox } from '../../../lib/usecases/sweep.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import { inPlaceOf, type Break } from './break.ts';
import type { Breaks } from './world.ts';

type Mark = Readonly<{ file: FileVersion; seen: LedgerItem['status'] | undefined }>;
type MarkingLedger = Ledger & Readonly<{ markQueued(mark: Mark): Promise<void> }>;

/** Writes that the file waits in the queue into `status`: to a claim that is `RETRY`, which is due. */
const markQueued =
  ({ items }: InMemoryLedger, onCondition: boolean) =>
  async ({ file, seen }: Mark): Promise<void> => {
    const item = items.get(file.id);
    if (onCondition && item?.status !== seen) return;
    const queued = { status: 'RETRY', nextAttemptAt: 0, leaseUntil: 0, owner: 'sweep' } as const;
    items.set(file.id, { ...(item ?? { ...file, fence: 0, attempts: 0, expiresAt: 0 }), ...queued });
  };

/** A sweep that writes a status, before or after it sends, or on condition that the status is still what it has read. */
const sweepMarks = ({ first = false, onCondition = false }): Breaks => ({
  ledger: (ledger) => ({ markQueued: markQueued(ledger, onCondition) }) as Partial<InMemoryLedger>,
  useCases: {
    sweepInbox: (dependencies, wake) => {
      const seen = new Map<string, LedgerItem['status']>();
      const ledger = dependencies.ledger as MarkingLedger;
      const mark = (file: FileVersion): Promise<void> => ledger.markQueued({ file, seen: seen.get(file.id) });
      const marking = inPlaceOf<Ledger>(ledger, {
        readAll: async (files) => {
          const items = await ledger.readAll(files);
          for (const { id, status } of items.values()) seen.set(id, status);
          return items;
        },
        markSent: async ({ file }) => (first ? undefined : mark(file)),
      });
      const workQueue = inPlaceOf(dependencies.workQueue, {
        sendAll: async (files) => {
          if (first) for (const file of files) await mark(file);
          return dependencies.workQueue.sendAll(files);
        },
      });
      return sweepInbox({ ...dependencies, ledger: marking, workQueue }, wake);
    },
  },
});

/** Rules of the sweep, which decides nothing. */
export const breaksOfSweep: readonly Break[] = [
  {
    rule: 'the sweep writes no status before it sends',
    scenario: { name: 'A', script: ['A'] },
    breaks: 'VERDICT UNDONE',
    by: sweepMarks({ first: true }),
  },
  {
    rule: 'the sweep writes no status after it sent',
    scenario: { name: 'A', script: ['A'] },
    breaks: 'VERDICT UNDONE',
    by: sweepMarks({}),
  },
  {
    rule: 'the sweep writes no status, on condition of what it has read either',
    scenario: { name: 'A, crash, three attempts', script: ['A'], crash: 1, double: 1, maxAttempts: 3 },
    breaks: 'TWO LIVE OWNERS',
    by: sweepMarks({ onCondition: true }),
  },
  {
    rule: 'whoever sends a notice sends it under its id',
    scenario: { name: 'A, crash', script: ['A'], crash: 1 },
    breaks: 'TOLD UNDER TWO IDS',
    by: {
      useCases: {
        sweepInbox: (dependencies, wake) => {
          const { notifier } = dependencies;
          const send: typeof notifier.send = (notice) => notifier.send({ ...notice, id: `${notice.id}-swept` });
          return sweepInbox({ ...dependencies, notifier: { send } }, wake);
        },
      },
    },
  },
];
