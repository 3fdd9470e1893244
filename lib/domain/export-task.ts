/** A log group as CloudWatch Logs lists it. */
export type LogGroup = Readonly<{
  name: string;
  /** Epoch ms. */
  createdAt: number;
  /** Absent: events are kept for ever. */
  retentionDays?: number;
}>;

export type ExportStatus = 'PENDING' | 'RUNNING' | 'PENDING_CANCEL' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** An export task as CloudWatch Logs lists it, of whomever. Times are epoch ms, and `to` is exclusive. */
export type ExportTask = Readonly<{
  taskId: string;
  name: string;
  group: string;
  from: number;
  to: number;
  bucket: string;
  prefix: string;
  status: ExportStatus;
  /** CloudWatch Logs' own words about the status. */
  message: string;
  createdAt: number;
  completedAt?: number;
}>;

/** A task to be created. Deterministic: two planners of one attempt plan the same. */
export type PlannedTask = Pick<ExportTask, 'name' | 'group' | 'from' | 'to' | 'prefix'>;

/** CloudWatch Logs runs one task per account and Region; such a one takes the slot. */
export const isActive = ({ status }: ExportTask): boolean =>
  status === 'PENDING' || status === 'RUNNING' || status === 'PENDING_CANCEL';

/** CloudWatch Logs ends a task after 24 hours; a little less, because its two times are not those of its own timer. */
const timeOutMs = 23.5 * 60 * 60 * 1000;

/** Whether the task failed because its range was too much for 24 hours: by its length, or by what is said of it. */
export const hasTimedOut = ({ status, message, createdAt, completedAt = createdAt }: ExportTask): boolean =>
  status === 'FAILED' && (completedAt - createdAt >= timeOutMs || /time[d -]*out/i.test(message));
