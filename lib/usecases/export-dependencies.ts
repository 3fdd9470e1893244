import type { ExportTarget } from '../domain/export-plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { ExportStore } from '../ports/export-store.ts';
import type { LogExports } from '../ports/log-exports.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Notifier } from '../ports/notifier.ts';

/** What exporting needs from outside. */
export type ExportDependencies = Readonly<{
  logExports: LogExports;
  exportStore: ExportStore;
  log: Log;
  target: ExportTarget;
}>;

/** What deciding needs besides. */
export type CheckDependencies = ExportDependencies &
  Readonly<{
    notifier: Notifier;
    clock: Pick<Clock, 'now'>;
    metrics: Metrics;
    settings: Readonly<{
      /** Names of log groups; a `*` at the end of one stands for any ending. */
      logGroups: readonly string[];
      /** Those of them that somebody has named: if one is not there, that is told. */
      expectedGroups: readonly string[];
      monthsBack: number;
      /** Attempts at one range within one execution. */
      maxAttempts: number;
      /** Turns of one execution: a bound on what a runaway costs, and on its history (25,000 events). */
      maxLoops: number;
      /** How long an execution goes on, ms: less than the state machine's own time-out. */
      maxRunMs: number;
    }>;
  }>;
