import type { DatabaseSync } from 'node:sqlite';

export type LogStream = Readonly<{
  id: number;
  name: string;
  createdMs: number;
  firstEventMs?: number;
  lastEventMs?: number;
  lastIngestedMs?: number;
}>;

export type Streams = Readonly<{
  find(groupId: number, name: string): LogStream | undefined;
  /** Without its times, which cost a look each. */
  idOf(groupId: number, name: string): number | undefined;
  /** Returns its id. */
  create(groupId: number, name: string, createdMs: number): number;
  remove(stream: LogStream): void;
  /** Every stream of the group, in the order of names. */
  list(groupId: number, prefix: string): readonly LogStream[];
}>;

type Row = {
  id: number;
  name: string;
  created_ms: number;
  last_ingested_ms: number | null;
  first_ms: number | null;
  last_ms: number | null;
};

const toStream = (row: Row): LogStream => ({
  id: row.id,
  name: row.name,
  createdMs: row.created_ms,
  ...(row.first_ms === null ? {} : { firstEventMs: row.first_ms }),
  ...(row.last_ms === null ? {} : { lastEventMs: row.last_ms }),
  ...(row.last_ingested_ms === null ? {} : { lastIngestedMs: row.last_ingested_ms }),
});

/** The first and the last time of a stream are one look each into the index of its events. */
const columns = `id, name, created_ms, last_ingested_ms,
  (SELECT min(timestamp) FROM log_event e WHERE e.log_stream = s.id) AS first_ms,
  (SELECT max(timestamp) FROM log_event e WHERE e.log_stream = s.id) AS last_ms`;

export const createStreams = (database: DatabaseSync): Streams => {
  const select = database.prepare(`SELECT ${columns} FROM log_stream s WHERE log_group = ? AND name = ?`);
  const selectId = database.prepare('SELECT id FROM log_stream WHERE log_group = ? AND name = ?');
  const insert = database.prepare('INSERT INTO log_stream (log_group, name, created_ms) VALUES (?, ?, ?)');
  const selectAll = database.prepare(
    `SELECT ${columns} FROM log_stream s WHERE log_group = ? AND substr(name, 1, length(?)) = ? ORDER BY name`,
  );
  const removals = ['DELETE FROM log_event WHERE log_stream = ?', 'DELETE FROM log_stream WHERE id = ?'].map(
    (statement) => database.prepare(statement),
  );

  return {
    find(groupId, name) {
      const row = select.get(groupId, name) as Row | undefined;
      return row && toStream(row);
    },
    idOf: (groupId, name) => (selectId.get(groupId, name) as { id: number } | undefined)?.id,
    create: (groupId, name, createdMs) => Number(insert.run(groupId, name, createdMs).lastInsertRowid),
    remove: ({ id }) => removals.forEach((removal) => removal.run(id)),
    list: (groupId, prefix) => (selectAll.all(groupId, prefix, prefix) as Row[]).map(toStream),
  };
};
