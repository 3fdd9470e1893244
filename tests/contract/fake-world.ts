import { throttledError } from '../support/throttled-error.ts';
import { inMemoryLaneStore, recordingInvoker } from '../support/in-memory-lanes.ts';
import { inMemoryLedger } from '../support/in-memory-ledger.ts';
import { inMemoryObjectStore, inMemoryQuarantine } from '../support/in-memory-object-store.ts';
import { recordingNotifier, recordingWorkQueue } from '../support/recorders.ts';
import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import type { WorkQueue } from '../../lib/ports/work-queue.ts';
import { createQueue } from '../simulation/random/queue.ts';
import type { ContractPorts, ContractWorld, MakeContractWorld } from './contract-world.ts';

const inboxBucket = 'everyfile-test-inbox';
const outputsBucket = 'outputs';
/** How often the adapter tries a conditional delete. */
const triesOfDelete = 6;
const startsAt = Date.UTC(2026, 0, 1);

/** A fake queue, and the hands that are on it. */
type FakeQueue = Readonly<{
  workQueue: WorkQueue;
  deadLetters: readonly string[];
  makeVisible(): void;
  refuseNext(entries: number): void;
  doubleNext(): void;
}>;
type MakeFakeQueue = (around: Readonly<{ now(): number; visibilityMs(): number }>) => FakeQueue;

const recording: MakeFakeQueue = (around) => {
  const workQueue = recordingWorkQueue(around);
  const { deadLetters, returnInFlight, refuseNext, doubleNext } = workQueue;
  return { workQueue, deadLetters, makeVisible: returnInFlight, refuseNext, doubleNext };
};

const ofTheSimulation: MakeFakeQueue = ({ now, visibilityMs }) => {
  let [refusals, isDoubled] = [0, false];
  const isRefused = (): boolean => (refusals -= 1) >= 0;
  const clock = { now, startTimer: () => () => undefined };
  const queue = createQueue(clock, { visibilityMs, isDoubled: () => isDoubled, fullness: () => 1, isRefused });
  const receive: WorkQueue['receive'] = async (...how) => {
    const received = await queue.workQueue.receive(...how);
    isDoubled = false;
    return received;
  };
  return {
    workQueue: { ...queue.workQueue, receive },
    deadLetters: queue.deadLetters,
    makeVisible: queue.showAll,
    refuseNext: (entries) => void (refusals = entries),
    doubleNext: () => void (isDoubled = true),
  };
};

const makeFakeWorld = async (makeQueue: MakeFakeQueue): Promise<ContractWorld> => {
  let time = startsAt;
  let visibilityMs = 30_000;
  const now = (): number => time;
  let between = async (): Promise<unknown> => undefined;
  let conflicts = 0;
  /** A 409 answers this many tries of one conditional write; what the adapter tries again by itself is not seen here. */
  const race = (tries: number): void => {
    const raced = Math.min(conflicts, tries);
    conflicts -= raced;
    if (raced === tries) throw new ServiceUnavailableError('another write of the key is under way (409)');
  };
  const betweenCopies = (): Promise<unknown> => {
    const hand = between;
    between = async () => undefined;
    race(1);
    return hand();
  };
  const objectStore = inMemoryObjectStore({ inboxBucket, outputsBucket, pageSize: 3, now, betweenCopies });
  const quarantine = inMemoryQuarantine(objectStore, inboxBucket);
  const laneStore = inMemoryLaneStore();
  const queue = makeQueue({ now, visibilityMs: () => visibilityMs });
  const notifier = recordingNotifier();
  const invoker = recordingInvoker();
  const faults = new Map<keyof ContractPorts, 'lose' | 'throttle'>();
  const faulty = <Port extends object>(name: keyof ContractPorts, port: Port): Port =>
    new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const fault = faults.get(name);
          faults.delete(name);
          if (fault === 'throttle') throw throttledError();
          const answer = await call(...args);
          return fault === 'lose' ? call(...args) : answer;
        };
      },
    });
  return {
    ports: {
      objectStore: faulty('objectStore', {
        ...objectStore,
        remove: async (file: FileVersion) => {
          race(triesOfDelete);
          await objectStore.remove(file);
        },
      }),
      quarantine: faulty('quarantine', {
        ...quarantine,
        restore: async (file: FileVersion) => {
          race(1);
          return quarantine.restore(file);
        },
      }),
      ledger: faulty('ledger', inMemoryLedger()),
      laneStore: faulty('laneStore', laneStore),
      workQueue: faulty('workQueue', queue.workQueue),
      notifier: faulty('notifier', notifier),
      invoker: faulty('invoker', invoker),
    },
    inboxBucket,
    put: async (key, body, { byParts } = { byParts: false }) =>
      byParts ? objectStore.putByParts(inboxBucket, key, body) : objectStore.put(inboxBucket, key, body),
    delete: async (key) => objectStore.delete(inboxBucket, key),
    async read(key, bucket) {
      const object = objectStore.objects.get(`${bucket === 'outputs' ? outputsBucket : inboxBucket}/${key}`);
      return object && new TextDecoder().decode(object.body);
    },
    pause: async (lane) => void laneStore.lanes.set(lane, { ...laneStore.lanes.get(lane)!, paused: true }),
    makeVisible: async () => queue.makeVisible(),
    hideFor: async (seconds) => void (visibilityMs = seconds * 1000),
    passSeconds: (seconds) => void (time += seconds * 1000),
    doubleNextReceive: () => queue.doubleNext(),
    deadLetters: async () => queue.deadLetters,
    readMessage: (body) => [createFileVersion(JSON.parse(body) as FileVersion)],
    refuseNextEntries: (entries) => queue.refuseNext(entries),
    delivered: async () => notifier.sent.splice(0),
    handedOn: async () => invoker.batons,
    loseNextResponse: (port) => void faults.set(port, 'lose'),
    throttleNext: (port) => void faults.set(port, 'throttle'),
    conflictNextWrites: (times) => void (conflicts = times),
    betweenCopiesOfNextRefire: (hand) => void (between = hand),
    close: async () => undefined,
  };
};

/** The fakes that the unit tests and the simulations run on. */
export const fakeWorld: MakeContractWorld = () => makeFakeWorld(recording);

/** The same with the queue of the random simulation, which has its own. */
export const simulatedQueueWorld: MakeContractWorld = () => makeFakeWorld(ofTheSimulation);
