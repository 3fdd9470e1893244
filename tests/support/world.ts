import type { Rule } from '../../lib/domain/action.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import type { Quarantine } from '../../lib/ports/quarantine.ts';
import type { Dependencies, Settings } from '../../lib/usecases/dependencies.ts';
import { inMemoryLedger } from './in-memory-ledger.ts';
import { inMemoryObjectStore, inMemoryQuarantine } from './in-memory-object-store.ts';
import { countingEntropy, recordingLog, recordingMetrics, recordingNotifier, recordingWorkQueue } from './recorders.ts';
import { throttledError } from './throttled-error.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

const inboxBucket = 'everyfile-test-inbox';

export const testSettings: Settings = {
  inboxBucket,
  inboxPrefix: 'incoming/',
  archive: 'versions',
  leaseMs: 45_000,
  skewMs: 5_000,
  maxAttempts: 3,
  retryBaseMs: 5_000,
  maxRunMs: 300_000,
  concurrency: 4,
};

/** Which call of which port loses its response: the call takes effect, and the SDK, none the wiser, makes it again. */
export type Call = 'claim' | 'bury' | 'renew' | 'commit' | 'retry' | 'poison' | 'note' | 'clearOutbox';

/**
 * Everything around the use cases, on the fakes or on an emulator, with a sender's hand in it. The same suites run in
 * either world.
 */
export type World = Readonly<{
  dependencies: Dependencies;
  clock: VirtualClock;
  notifier: ReturnType<typeof recordingNotifier>;
  workQueue: ReturnType<typeof recordingWorkQueue>;
  log: ReturnType<typeof recordingLog>;
  metrics: ReturnType<typeof recordingMetrics>;
  /** The sender puts a file into the inbox. */
  put(key: string, body: string): Promise<FileVersion>;
  /** The sender deletes it again. */
  delete(key: string): Promise<void>;
  /** Every key of the inbox bucket now, quarantine and archive included. */
  keys(): Promise<string[]>;
  /** The JSON document under the key. */
  document(key: string): Promise<unknown>;
  quarantine: Quarantine;
  item(file: FileVersion): Promise<LedgerItem | undefined>;
  /** The next such write takes effect, its response is lost, and it is made again as the SDK would. */
  loseNextResponse(call: Call): void;
  /** Every ledger call fails as a throttled table does, until told otherwise. */
  throttleLedger(throttled: boolean): void;
  close(): Promise<void>;
}>;

/** A fresh world for each test. */
export type MakeWorld = (options: { rules: readonly Rule[]; settings?: Partial<Settings> }) => Promise<World>;

/** The ports that both worlds record in the same way. */
export const recordedPorts = () => ({
  notifier: recordingNotifier(),
  workQueue: recordingWorkQueue(),
  log: recordingLog(),
  metrics: recordingMetrics(),
  entropy: countingEntropy(),
  clock: createVirtualClock(),
});

/** The world of the fakes. */
export const inMemoryWorld: MakeWorld = async ({ rules, settings }) => {
  const ports = recordedPorts();
  const ledger = inMemoryLedger();
  const objectStore = inMemoryObjectStore({ now: ports.clock.now });
  const losing = new Set<string>();
  let throttled = false;
  const faulty = Object.fromEntries(
    Object.entries(ledger).map(([name, method]) => [
      name,
      typeof method !== 'function'
        ? method
        : async (argument: never) => {
            if (throttled) throw throttledError();
            const call = method as (argument: never) => Promise<unknown>;
            const answer = await call(argument);
            return losing.delete(name) ? call(argument) : answer;
          },
    ]),
  ) as unknown as typeof ledger;
  return {
    ...ports,
    dependencies: { ...ports, ledger: faulty, objectStore, rules, settings: { ...testSettings, ...settings } },
    put: async (key, body) => objectStore.put(inboxBucket, key, body),
    delete: async (key) => objectStore.delete(inboxBucket, key),
    keys: async () =>
      [...objectStore.objects.keys()]
        .filter((path) => path.startsWith(`${inboxBucket}/`))
        .map((path) => path.slice(inboxBucket.length + 1))
        .sort(),
    document: async (key) =>
      JSON.parse(new TextDecoder().decode(objectStore.objects.get(`${inboxBucket}/${key}`)?.body)) as unknown,
    quarantine: inMemoryQuarantine(objectStore, inboxBucket),
    item: async (file) => ledger.items.get(file.id),
    loseNextResponse: (call) => void losing.add(call),
    throttleLedger: (on) => void (throttled = on),
    close: async () => undefined,
  };
};
