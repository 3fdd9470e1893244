import { join } from 'node:path';
import { inTransaction, openDatabase } from '../../sqlite.ts';
import { createEvents, type Events } from './events.ts';
import { createGroups, type Groups } from './groups.ts';
import { createStreams, type Streams } from './streams.ts';
import { createTasks, type Tasks } from './tasks.ts';

/** An event is `said` when a function of the local cloud wrote it: of those, only the last are kept. */
const schema = `
  CREATE TABLE IF NOT EXISTS log_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
    retention_days INTEGER, tags TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS log_stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT, log_group INTEGER NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,
    last_ingested_ms INTEGER, UNIQUE (log_group, name)
  );
  CREATE TABLE IF NOT EXISTS log_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, log_stream INTEGER NOT NULL, log_group INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, ingested_ms INTEGER NOT NULL, message TEXT NOT NULL, said INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS log_event_of_stream ON log_event (log_stream, timestamp, id);
  CREATE INDEX IF NOT EXISTS log_event_of_group ON log_event (log_group, timestamp, id);
  CREATE INDEX IF NOT EXISTS log_event_said ON log_event (said) WHERE said = 1;
  CREATE TABLE IF NOT EXISTS export_task (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT, group_name TEXT NOT NULL,
    stream_prefix TEXT, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, bucket TEXT NOT NULL, prefix TEXT NOT NULL,
    status TEXT NOT NULL, message TEXT NOT NULL, created_ms INTEGER NOT NULL, runs_at_ms INTEGER NOT NULL,
    ends_at_ms INTEGER NOT NULL, times_out_at_ms INTEGER NOT NULL, completed_ms INTEGER
  );
`;

/** What the local CloudWatch Logs keeps. Everything is synchronous: what is read between two awaits belongs together. */
export type LogStore = Readonly<{
  groups: Groups;
  streams: Streams;
  events: Events;
  tasks: Tasks;
  /** Runs `work` in one transaction. */
  commit<T>(work: () => T): T;
  close(): void;
}>;

export const openLogStore = (directory: string): LogStore => {
  const database = openDatabase(join(directory, 'logs.sqlite'), schema);
  return {
    groups: createGroups(database),
    streams: createStreams(database),
    events: createEvents(database),
    tasks: createTasks(database),
    commit: (work) => inTransaction(database, work),
    close: () => database.close(),
  };
};
