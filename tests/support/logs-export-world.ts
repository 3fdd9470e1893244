import type { CheckDependencies } from '../../lib/usecases/export-dependencies.ts';
import { inMemoryLogExports } from './in-memory-log-exports.ts';
import { recordingMetrics, recordingNotifier } from './recorders.ts';
import { startExecution, stepMachine, type Execution } from './run-machine.ts';

const target = { bucket: 'everyfile-test-logs', prefix: 'logs', taskPrefix: 'everyfile-test-logs' };
const dayMs = 24 * 60 * 60 * 1000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A logs export in memory, at a time of one's own. */
export const logsExportWorld = (now: number, settings: Partial<CheckDependencies['settings']> = {}) => {
  const time = { now };
  const clock = { now: () => time.now };
  const logs = inMemoryLogExports({ bucket: target.bucket, clock });
  const notifier = recordingNotifier();
  const metrics = recordingMetrics();
  const deps: CheckDependencies = {
    logExports: logs.logExports,
    exportStore: logs.exportStore,
    log: silent,
    target,
    notifier,
    clock,
    metrics,
    settings: {
      logGroups: ['*'],
      monthsBack: 3,
      expectedGroups: [],
      maxAttempts: 3,
      maxLoops: 1_500,
      maxRunMs: 4 * dayMs,
      ...settings,
    },
  };
  const addGroup = (name: string, events: number[] = [], retentionDays?: number, createdAt = 0): void => {
    logs.groups.set(name, { name, createdAt, ...(retentionDays !== undefined && { retentionDays }) });
    logs.events.set(name, events);
  };
  /** Runs an execution to its end, the time going on as it waits. */
  const runToEnd = async (execution: Execution = startExecution(time.now)): Promise<Execution> => {
    while (execution.status === 'RUNNING') {
      time.now = Math.max(time.now, execution.dueAt);
      await stepMachine(execution, deps);
    }
    return execution;
  };
  return {
    ...logs,
    refuseTasksOf: (name: string) => void logs.refusedGroups.add(name),
    time,
    deps,
    notifier,
    metrics,
    addGroup,
    runToEnd,
  };
};
