import type { Entropy } from '../../../lib/ports/entropy.ts';
import type { Invoker } from '../../../lib/ports/invoker.ts';
import type { LaneStore } from '../../../lib/ports/lane-store.ts';
import type { Ledger } from '../../../lib/ports/ledger.ts';
import type { Log } from '../../../lib/ports/log.ts';
import type { InboxPage, ObjectStore } from '../../../lib/ports/object-store.ts';
import type { Quarantine } from '../../../lib/ports/quarantine.ts';
import type { QueueMessage, WorkQueue } from '../../../lib/ports/work-queue.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import { drainQueue } from '../../../lib/usecases/drain.ts';
import { processFiles } from '../../../lib/usecases/process-files.ts';
import { replayFile } from '../../../lib/usecases/replay-file.ts';
import { sweepInbox } from '../../../lib/usecases/sweep.ts';
import type { Settings } from '../../../lib/usecases/dependencies.ts';
import { inMemoryLaneStore } from '../../support/in-memory-lanes.ts';
import { testSettings } from '../../support/world.ts';
import { openedObject, rules, time, type Call, type Program } from './actor.ts';

/** The use cases under test; a test hands in broken ones to see the explorer bite. */
export type UseCases = Readonly<{
  processFiles: typeof processFiles;
  drainQueue: typeof drainQueue;
  sweepInbox: typeof sweepInbox;
  replayFile: typeof replayFile;
}>;

export const realUseCases: UseCases = { processFiles, drainQueue, sweepInbox, replayFile };

/** How the system is set up. */
export type Setup = Readonly<{
  maxAttempts: number;
  archive: Settings['archive'];
  redrive: 'queue' | 'refire';
  /** A copy of the object has another eTag, as with KMS or parts. */
  copiesRename: boolean;
  /** Events go to the queue, and relays and sweeps run in lanes that others may run in, too. */
  lanes: boolean;
}>;

/** The most runs of a lane that one tick may lead to. */
export const maxHops = 2;

const day = 24 * 60 * 60 * 1000;
const silent = (): void => undefined;
const log: Log = { info: silent, warn: silent, error: silent };

/** The system's programs by role, on ports of which each method is one call. */
export const createProgram =
  (setup: Setup, useCases: UseCases): Program =>
  (role, call, clock) => {
    // No wait is drawn and none is asked for: what failed is due at once, what was sent may be sent again.
    const settings = { ...testSettings, ...setup, retryBaseMs: 0, concurrency: 1 };
    let draws = 0;
    const entropy: Entropy = {
      nonce: () => ((draws += 1) === 1 ? `n${String(role.nonce)}` : `n${String(role.nonce)}.${String(draws)}`),
      fraction: () => 0,
    };
    const around = { entropy, log, metrics: { record: silent }, settings, rules };
    const sweep = { redrive: setup.redrive, minimumAgeMs: 0, resendMs: 0, maxHops, backlogMs: async () => 0 };
    const { baton } = role;
    switch (role.kind) {
      case 'processor':
        return useCases.processFiles(
          { ...around, ...portsOf(call, setup), clock },
          { files: [role.file!], unreadable: [], via: 'event', deadlineAt: time + day },
        );
      case 'operator':
        return useCases.replayFile({ ...around, ...portsOf(call, setup), clock }, role.file!);
      case 'sweeper': {
        const hurried = inAHurry(call, clock);
        const ports = { ...around, ...portsOf(hurried.call, setup), clock: hurried.clock, sweep };
        // By itself in its lane, it meets nobody there.
        const lane = setup.lanes
          ? lanePortsOf(hurried.call)
          : { laneStore: inMemoryLaneStore(), invoker: { handOn: async () => undefined } };
        return useCases.sweepInbox({ ...ports, ...lane }, { baton, deadlineAt: time + 1 });
      }
      case 'relay': {
        const hurried = inAHurry(call, clock);
        const ports = {
          ...around,
          ...portsOf(hurried.call, setup),
          ...lanePortsOf(hurried.call),
          clock: hurried.clock,
        };
        const readMessage = (body: string) => ({ files: [JSON.parse(body) as FileVersion], unreadable: [] });
        const drain = { maxHops, maxMessages: 100, waitSeconds: 1 };
        return useCases.drainQueue(
          { ...ports, readMessage, drain },
          { baton, deadlineAt: time + settings.maxRunMs + 1 },
        );
      }
    }
  };

/** What a listing or a receive answers; `late`: with it, the time is up. */
export type Timed<T> = T & Readonly<{ late?: true }>;

/**
 * A clock that moves by a millisecond when an answer says that the time is up. What is written is written to the second,
 * so that it makes no states of its own.
 */
const inAHurry = (call: Call, clock: Parameters<Program>[2]) => {
  let late = false;
  const toTheSecond = (args: readonly unknown[]): unknown[] =>
    JSON.parse(
      JSON.stringify(args, (_, value: unknown) =>
        typeof value === 'number' && value > time ? value - ((value - time) % 1000) : value,
      ),
    ) as unknown[];
  const hurriedCall: Call = async (method, ...args) => {
    const answer = (await call(method, ...toTheSecond(args))) as Timed<object> | null;
    late ||= answer?.late === true;
    return answer as never;
  };
  return { call: hurriedCall, clock: { ...clock, now: () => clock.now() + (late ? 1 : 0) } };
};

/** Every method is a call of its own name. */
const port = <Port extends object>(call: Call, own: Partial<Port>, prefix = ''): Port =>
  new Proxy(own, {
    get: (target, name) => Reflect.get(target, name) ?? ((...args: unknown[]) => call(prefix + String(name), ...args)),
  }) as Port;

const portsOf = (call: Call, { copiesRename }: Setup) => ({
  ledger: port<Ledger>(call, {
    readAll: async (files) => {
      const items: LedgerItem[] = await call('readAll', files);
      return new Map(items.map((item) => [item.id, item]));
    },
  }),
  objectStore: port<ObjectStore>(call, {
    open: async (file: FileVersion) => openedObject((await call('open', file)) === 'opened, and its action throws'),
    list: async (cursor): Promise<InboxPage> => call('list', ...(cursor === undefined ? [] : [cursor])),
    // On S3 these are two calls, and anything may happen between them.
    refire: async (file, viaKey) => {
      if ((await call('copy', file, viaKey)) === 'absent') return 'absent';
      return copiesRename ? 'changed' : call('copyBack', file, viaKey);
    },
  }),
  workQueue: port<WorkQueue>(call, {
    receive: async () => ((await call('receive')) as { messages: readonly QueueMessage[] }).messages,
  }),
  notifier: { send: (notice: unknown) => call('notify', notice) },
  quarantine: port<Quarantine>(call, {}),
});

const lanePortsOf = (call: Call) => ({
  laneStore: port<LaneStore>(call, {}, 'lane.'),
  invoker: port<Invoker>(call, {}),
});
