import type { ExportTask, LogGroup, PlannedTask } from '../domain/export-task.ts';

/**
 * CloudWatch Logs, as far as exports go. All throw {@link ServiceUnavailableError} for throttles, timeouts and 5xx,
 * {@link AccessDeniedError} for a refusal.
 */
export type LogExports = Readonly<{
  /** Groups by name; a `*` at the end of one stands for any ending. A group that is not there is left out. */
  listGroups(names: readonly string[]): Promise<readonly LogGroup[]>;
  /** Every task that CloudWatch Logs still knows of in this account and Region, of whomever. */
  listTasks(): Promise<readonly ExportTask[]>;
  /**
   * `CreateExportTask`, sent once: after a lost response the task may be there, and only looking tells.
   * `undefined`: the group has been deleted.
   * @throws {LimitExceededException} another task has the slot
   * @throws {ExportRefusedError} the bucket or its policy is missing
   * @throws {RangeRefusedError} CloudWatch Logs does not take this group or range
   */
  create(task: PlannedTask): Promise<string | undefined>;
}>;
