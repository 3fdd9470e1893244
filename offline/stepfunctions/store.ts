import { join } from 'node:path';
import { inTransaction, openDatabase } from '../sqlite.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type Execution = Readonly<{
  /** Rises with each execution. */
  number: number;
  arn: string;
  machineArn: string;
  name: string;
  status: ExecutionStatus;
  /** JSON text, as it was given. */
  input: string;
  startedMs: number;
  stoppedMs?: number;
  output?: string;
  error?: string;
  cause?: string;
}>;

export type NewExecution = Pick<Execution, 'arn' | 'machineArn' | 'name' | 'input' | 'startedMs'>;

/** How an execution ended. */
export type Ending = Readonly<{
  status: Exclude<ExecutionStatus, 'RUNNING'>;
  stoppedMs: number;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}>;

/** An event of a history: its details stand under the name that AWS gives them for its type. */
export type HistoryEvent = Readonly<{ id: number; type: string; timestampMs: number; details: object }>;

const schema = `
  CREATE TABLE IF NOT EXISTS execution (
    number INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, machine_arn TEXT NOT NULL, name TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, started_ms INTEGER NOT NULL, stopped_ms INTEGER, output TEXT, error TEXT,
    cause TEXT
  );
  CREATE INDEX IF NOT EXISTS execution_of_machine ON execution (machine_arn, number);
  CREATE TABLE IF NOT EXISTS event (
    execution INTEGER NOT NULL, id INTEGER NOT NULL, type TEXT NOT NULL, timestamp_ms INTEGER NOT NULL,
    details TEXT NOT NULL, PRIMARY KEY (execution, id)
  ) WITHOUT ROWID;
`;

/** The executions and their histories; written as they happen, so that a killed cloud leaves what was. */
export type ExecutionStore = Readonly<{
  insert(execution: NewExecution): Execution;
  find(arn: string): Execution | undefined;
  running(): readonly Execution[];
  end(number: number, ending: Ending): void;
  /** The newest first, before the one numbered `before`. */
  list(options: { machineArn: string; status?: ExecutionStatus; before: number; limit: number }): readonly Execution[];
  /** Gives the event the next id. */
  append(number: number, event: Omit<HistoryEvent, 'id'>): number;
  /** Behind the event `after`, or in reverse order before it. */
  history(number: number, options: { after: number; reverse: boolean; limit: number }): readonly HistoryEvent[];
  commit<T>(work: () => T): T;
  close(): void;
}>;

type Row = Record<string, string | number | null>;

const toExecution = (row: Row): Execution => ({
  number: Number(row['number']),
  arn: String(row['arn']),
  machineArn: String(row['machine_arn']),
  name: String(row['name']),
  status: row['status'] as ExecutionStatus,
  input: String(row['input']),
  startedMs: Number(row['started_ms']),
  ...(row['stopped_ms'] === null ? {} : { stoppedMs: Number(row['stopped_ms']) }),
  ...(row['output'] === null ? {} : { output: String(row['output']) }),
  ...(row['error'] === null ? {} : { error: String(row['error']) }),
  ...(row['cause'] === null ? {} : { cause: String(row['cause']) }),
});

const toEvent = (row: Row): HistoryEvent => ({
  id: Number(row['id']),
  type: String(row['type']),
  timestampMs: Number(row['timestamp_ms']),
  details: JSON.parse(String(row['details'])) as object,
});

export const openExecutionStore = (directory: string): ExecutionStore => {
  const database = openDatabase(join(directory, 'executions.sqlite'), schema);
  const insert = database.prepare(
    `INSERT INTO execution (arn, machine_arn, name, status, input, started_ms) VALUES (?, ?, ?, 'RUNNING', ?, ?)
     RETURNING *`,
  );
  const select = database.prepare('SELECT * FROM execution WHERE arn = ?');
  const selectRunning = database.prepare("SELECT * FROM execution WHERE status = 'RUNNING'");
  const update = database.prepare(
    'UPDATE execution SET status = ?, stopped_ms = ?, output = ?, error = ?, cause = ? WHERE number = ?',
  );
  const selectPage = database.prepare(
    `SELECT * FROM execution WHERE machine_arn = ? AND number < ? AND (? IS NULL OR status = ?)
     ORDER BY number DESC LIMIT ?`,
  );
  const insertEvent = database.prepare(
    `INSERT INTO event SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ? FROM event WHERE execution = ? RETURNING id`,
  );
  const selectForward = database.prepare('SELECT * FROM event WHERE execution = ? AND id > ? ORDER BY id LIMIT ?');
  const selectReverse = database.prepare('SELECT * FROM event WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?');

  return {
    insert: ({ arn, machineArn, name, input, startedMs }) =>
      toExecution(insert.get(arn, machineArn, name, input, startedMs) as Row),
    find(arn) {
      const row = select.get(arn) as Row | undefined;
      return row && toExecution(row);
    },
    running: () => (selectRunning.all() as Row[]).map(toExecution),
    end: (number, { status, stoppedMs, output, error, cause }) =>
      void update.run(status, stoppedMs, output ?? null, error ?? null, cause ?? null, number),
    list: ({ machineArn, status = null, before, limit }) =>
      (selectPage.all(machineArn, before, status, status, limit) as Row[]).map(toExecution),
    append(number, { type, timestampMs, details }) {
      const row = insertEvent.get(number, type, timestampMs, JSON.stringify(details), number) as { id: number };
      return row.id;
    },
    history: (number, { after, reverse, limit }) =>
      ((reverse ? selectReverse : selectForward).all(number, after, limit) as Row[]).map(toEvent),
    commit: (work) => inTransaction(database, work),
    close: () => database.close(),
  };
};
