import type { ExportTask } from './export-task.ts';
import type { Month } from './month.ts';

/** What arrived under a task's prefix. */
export type Arrived = Readonly<{
  objects: number;
  bytes: number;
  /** Whether the object is there that CloudWatch Logs writes when it takes a task. */
  testObject: boolean;
}>;

/** A task whose objects are the month, or a part of it. */
export type ExportedRange = Pick<ExportTask, 'taskId' | 'name' | 'prefix' | 'from' | 'to'> &
  Readonly<{ objects: number; bytes: number }>;

/**
 * `_SUCCESS`: a month is done. What a task is not named here for (an attempt that failed, a task made twice) is not part
 * of the export.
 */
export type ExportManifest = Readonly<{
  group: string;
  month: Month;
  /** `lost to retention`: it had removed the whole month before it could be exported. */
  state: 'exported' | 'no logs in range' | 'lost to retention';
  /** Whether retention had removed a part of the month when its task was created. */
  partlyLost: boolean;
  /** One task for each range; the ranges are the month, without a gap, but for what lies before the group was created. */
  ranges: readonly ExportedRange[];
  objects: number;
  bytes: number;
  /** ISO 8601. */
  writtenAt: string;
}>;
