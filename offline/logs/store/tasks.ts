import type { DatabaseSync } from 'node:sqlite';

export type TaskStatus = 'PENDING' | 'RUNNING' | 'PENDING_CANCEL' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** The statuses that hold the account's one slot. */
export const activeStatuses: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['PENDING', 'RUNNING', 'PENDING_CANCEL']);

/** An export task. Its times are drawn when it is created, so that it goes on by the same plan after a restart. */
export type ExportTask = Readonly<{
  id: string;
  name?: string;
  groupName: string;
  streamPrefix?: string;
  /** Both included. */
  fromMs: number;
  toMs: number;
  bucket: string;
  prefix: string;
  status: TaskStatus;
  message: string;
  createdMs: number;
  runsAtMs: number;
  endsAtMs: number;
  timesOutAtMs: number;
  completedMs?: number;
}>;

export type Tasks = Readonly<{
  insert(task: ExportTask): void;
  find(id: string): ExportTask | undefined;
  /** The one that holds the slot. */
  active(): ExportTask | undefined;
  setStatus(id: string, status: TaskStatus, message: string, completedMs?: number): void;
  /** The newest first, before the one numbered `before`. */
  list(options: { status?: TaskStatus; before: number; limit: number }): readonly (ExportTask & { number: number })[];
}>;

type Row = {
  number: number;
  id: string;
  name: string | null;
  group_name: string;
  stream_prefix: string | null;
  from_ms: number;
  to_ms: number;
  bucket: string;
  prefix: string;
  status: TaskStatus;
  message: string;
  created_ms: number;
  runs_at_ms: number;
  ends_at_ms: number;
  times_out_at_ms: number;
  completed_ms: number | null;
};

const toTask = (row: Row): ExportTask & { number: number } => ({
  number: row.number,
  id: row.id,
  groupName: row.group_name,
  fromMs: row.from_ms,
  toMs: row.to_ms,
  bucket: row.bucket,
  prefix: row.prefix,
  status: row.status,
  message: row.message,
  createdMs: row.created_ms,
  runsAtMs: row.runs_at_ms,
  endsAtMs: row.ends_at_ms,
  timesOutAtMs: row.times_out_at_ms,
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.stream_prefix === null ? {} : { streamPrefix: row.stream_prefix }),
  ...(row.completed_ms === null ? {} : { completedMs: row.completed_ms }),
});

export const createTasks = (database: DatabaseSync): Tasks => {
  const insert = database.prepare(
    `INSERT INTO export_task (id, name, group_name, stream_prefix, from_ms, to_ms, bucket, prefix, status, message,
       created_ms, runs_at_ms, ends_at_ms, times_out_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare('SELECT * FROM export_task WHERE id = ?');
  const selectActive = database.prepare(
    "SELECT * FROM export_task WHERE status IN ('PENDING', 'RUNNING', 'PENDING_CANCEL') ORDER BY number LIMIT 1",
  );
  const update = database.prepare('UPDATE export_task SET status = ?, message = ?, completed_ms = ? WHERE id = ?');
  const selectPage = database.prepare(
    'SELECT * FROM export_task WHERE number < ? AND (? IS NULL OR status = ?) ORDER BY number DESC LIMIT ?',
  );
  const one = (row: Row | undefined): ExportTask | undefined => row && toTask(row);

  return {
    insert: (task) =>
      void insert.run(
        ...([task.id, task.name ?? null, task.groupName, task.streamPrefix ?? null, task.fromMs, task.toMs] as const),
        ...([task.bucket, task.prefix, task.status, task.message] as const),
        ...([task.createdMs, task.runsAtMs, task.endsAtMs, task.timesOutAtMs] as const),
      ),
    find: (id) => one(select.get(id) as Row | undefined),
    active: () => one(selectActive.get() as Row | undefined),
    setStatus: (id, status, message, completedMs) => void update.run(status, message, completedMs ?? null, id),
    list: ({ status = null, before, limit }) => (selectPage.all(before, status, status, limit) as Row[]).map(toTask),
  };
};
