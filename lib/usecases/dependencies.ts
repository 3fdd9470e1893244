import type { Rule } from '../domain/action.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

/** The numbers and modes of the protocol, fixed per stage. */
export type Settings = Readonly<{
  inboxBucket: string;
  /** Where files arrive: `incoming/`. What stands elsewhere in the bucket is not a file to process. */
  inboxPrefix: string;
  archive: 'versions' | 'bak';
  leaseMs: number;
  /** The most that two machines' clocks may differ. */
  skewMs: number;
  maxAttempts: number;
  retryBaseMs: number;
  /** The longest run of a rule that names none of its own. */
  maxRunMs: number;
  /** How many files of one event are processed at once. */
  concurrency: number;
}>;

/** All that processing a file needs from outside. */
export type Dependencies = Readonly<{
  ledger: Ledger;
  objectStore: ObjectStore;
  workQueue: WorkQueue;
  notifier: Notifier;
  clock: Clock;
  entropy: Entropy;
  log: Log;
  metrics: Metrics;
  rules: readonly Rule[];
  settings: Settings;
}>;
