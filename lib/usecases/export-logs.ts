import { manifestKey } from '../domain/export-plan.ts';
import type { ExportStep } from '../domain/export-state.ts';
import type { ExportDependencies } from './export-dependencies.ts';

/** What became of a step: `created` now, `adopted` (such a task is there), `done` before, or the group is gone. */
export type StepOutcome = Readonly<{ outcome: 'created' | 'adopted' | 'done' | 'group deleted'; taskId?: string }>;

/**
 * Starts one export task, having looked for the month's manifest and for a task of that name immediately before: so a
 * create whose response was lost, or one that another execution made, is adopted.
 *
 * Two executions may both look before either creates. CloudWatch Logs takes one active task, so the second create is
 * refused and looks again, unless the first task has begun and completed between the second's look and its create. Then
 * the month's objects are there twice, under two task ids, and the manifest names one of them.
 *
 * @throws {LimitExceededException} another task has the slot
 * @throws {ExportRefusedError} the bucket or its policy is missing
 * @throws {RangeRefusedError} CloudWatch Logs does not take this group or range
 */
export const exportLogs = async (
  { logExports, exportStore, log, target }: ExportDependencies,
  step: ExportStep,
): Promise<StepOutcome> => {
  const { group, month, task } = step;
  const answer = (result: StepOutcome): StepOutcome => {
    log.info(`export of ${group}, ${month}: ${result.outcome}`, { group, month, task: task.name, ...result });
    return result;
  };
  if (await exportStore.hasManifest(manifestKey(target, step))) return answer({ outcome: 'done' });
  const found = (await logExports.listTasks()).find(
    ({ name, bucket }) => name === task.name && bucket === target.bucket,
  );
  if (found) return answer({ outcome: 'adopted', taskId: found.taskId });
  const taskId = await logExports.create(task);
  return answer(taskId === undefined ? { outcome: 'group deleted' } : { outcome: 'created', taskId });
};
