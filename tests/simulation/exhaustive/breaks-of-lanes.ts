import type { WorkQueue } from '../../../lib/ports/work-queue.ts';
import { drainQueue } from '../../../lib/usecases/drain.ts';
import { inPlaceOf, type Break } from './break.ts';
import type { UseCases } from './program.ts';

/** Drains with a queue of which some methods are others. */
const drainWith = (own: (workQueue: WorkQueue) => Partial<WorkQueue>): Partial<UseCases> => ({
  drainQueue: ({ workQueue, ...others }, wake) =>
    drainQueue({ ...others, workQueue: inPlaceOf(workQueue, own(workQueue)) }, wake),
});

/** Rules of the lanes, their batons and their queue. */
export const breaksOfLanes: readonly Break[] = [
  {
    rule: 'a lane is given away only when its lease is over',
    scenario: { name: 'lanes: A', lanes: true, script: ['A'], tick: 2, sweep: 0 },
    breaks: 'TWO RUNNERS',
    by: { lanes: (lanes) => ({ claim: (by) => lanes.claim({ ...by, now: by.now * 2 }) }) },
  },
  {
    rule: 'a baton claims a lane only by its fence',
    scenario: { name: 'lanes: A, doubled baton', lanes: true, script: ['A'], tick: 1, late: 1, double: 1, sweep: 0 },
    breaks: 'A LATE BATON',
    by: { lanes: (lanes) => ({ claim: (by) => lanes.claim({ ...by, baton: undefined }) }) },
  },
  {
    rule: 'a tick leads to so many runs at most',
    scenario: { name: 'lanes: A B, 2 hops', lanes: true, script: ['A', 'B'], tick: 1, late: 2, sweep: 0 },
    breaks: 'HOPS OVER THE BUDGET',
    by: {
      useCases: {
        drainQueue: (dependencies, wake) =>
          drainQueue({ ...dependencies, drain: { ...dependencies.drain, maxHops: Infinity } }, wake),
      },
    },
  },
  {
    rule: 'a message is deleted when it has its answer',
    scenario: { name: 'lanes: A', lanes: true, script: ['A'], tick: 1, sweep: 0 },
    breaks: 'MESSAGE DELETED WITHOUT AN ANSWER',
    by: {
      useCases: drainWith((workQueue) => ({
        deleteAll: async () => undefined,
        receive: async (...how) => {
          const messages = await workQueue.receive(...how);
          if (messages.length > 0) await workQueue.deleteAll(messages);
          return messages;
        },
      })),
    },
  },
  {
    rule: 'a message is deleted at all',
    scenario: { name: 'lanes: A', lanes: true, script: ['A'], tick: 1, sweep: 0 },
    breaks: 'MESSAGE STUCK',
    by: { useCases: drainWith(() => ({ deleteAll: async () => undefined })) },
  },
];
