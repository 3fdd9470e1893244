import type { Entropy } from '../../../lib/ports/entropy.ts';
import type { Ledger } from '../../../lib/ports/ledger.ts';
import type { Log } from '../../../lib/ports/log.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { Quarantine } from '../../../lib/ports/quarantine.ts';
import type { WorkQueue } from '../../../lib/ports/work-queue.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
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
  sweepInbox: typeof sweepInbox;
  replayFile: typeof replayFile;
}>;

export const realUseCases: UseCases = { processFiles, sweepInbox, replayFile };

/** How the system is set up. */
export type Setup = Readonly<{
  maxAttempts: number;
  archive: Settings['archive'];
  redrive: 'queue' | 'refire';
  /** A copy of the object has another eTag, as with KMS or parts. */
  copiesRename: boolean;
}>;

const day = 24 * 60 * 60 * 1000;
const silent = (): void => undefined;
const log: Log = { info: silent, warn: silent, error: silent };

/** The system's programs by role, on ports of which each method is one call. */
export const createProgram =
  (setup: Setup, useCases: UseCases): Program =>
  (role, call, clock) => {
    // No wait is drawn and none is asked for: what failed is due at once, what was sent may be sent again.
    const settings = { ...testSettings, ...setup, retryBaseMs: 0, concurrency: 1 };
    const entropy: Entropy = { nonce: () => `n${String(role.nonce)}`, fraction: () => 0 };
    const ports = { ...portsOf(call, setup), clock, entropy, log, metrics: { record: silent }, settings, rules };
    const deadlineAt = time + day;
    switch (role.kind) {
      case 'processor':
        return useCases.processFiles(ports, { files: [role.file!], unreadable: [], via: 'event', deadlineAt });
      case 'operator':
        return useCases.replayFile(ports, role.file!);
      case 'sweeper':
        // Its lane has no other runner, so its calls meet nobody: the lanes are explored by themselves.
        return useCases.sweepInbox(
          {
            ...ports,
            laneStore: inMemoryLaneStore(),
            invoker: { handOn: async () => undefined },
            sweep: { redrive: setup.redrive, minimumAgeMs: 0, resendMs: 0, maxHops: 1, backlogMs: async () => 0 },
          },
          { baton: undefined, deadlineAt },
        );
    }
  };

const portsOf = (call: Call, { copiesRename }: Setup) => {
  /** Every method is a call of its own name. */
  const port = <Port extends object>(own: Partial<Port>): Port =>
    new Proxy(own, {
      get: (target, name) => Reflect.get(target, name) ?? ((...args: unknown[]) => call(String(name), ...args)),
    }) as Port;
  return {
    ledger: port<Ledger>({
      readAll: async (files) => {
        const items: LedgerItem[] = await call('readAll', files);
        return new Map(items.map((item) => [item.id, item]));
      },
    }),
    objectStore: port<ObjectStore>({
      open: async (file: FileVersion) => openedObject((await call('open', file)) === 'opened, and its action throws'),
      // On S3 these are two calls, and anything may happen between them.
      refire: async (file, viaKey) => {
        if ((await call('copy', file, viaKey)) === 'absent') return 'absent';
        return copiesRename ? 'changed' : call('copyBack', file);
      },
    }),
    workQueue: port<WorkQueue>({}),
    notifier: { send: (notice: unknown) => call('notify', notice) },
    quarantine: port<Quarantine>({}),
  };
};
