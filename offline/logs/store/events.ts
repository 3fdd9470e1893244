import type { DatabaseSync } from 'node:sqlite';

/** A log event as it is given. */
export type NewEvent = Readonly<{ timestamp: number; message: string }>;

export type LogEvent = NewEvent & Readonly<{ id: number; streamName: string; ingestedMs: number }>;

/** Where a reader stands: events are ordered by their time, and by the order of their arrival within it. */
export type Position = Readonly<{ timestamp: number; id: number }>;

/** What is read: one stream or a whole group, between two times, both included. */
export type EventRange = Readonly<{
  of: Readonly<{ stream: number } | { group: number }>;
  fromMs: number;
  toMs: number;
  limit: number;
}>;

/** Where events are put; `said` marks what functions of the local cloud wrote. */
export type Destination = Readonly<{ groupId: number; streamId: number; said?: boolean }>;

export type Events = Readonly<{
  append(to: Destination, events: readonly NewEvent[], ingestedMs: number): void;
  /** Forwards from behind `after`. */
  readForward(range: EventRange, after?: Position): readonly LogEvent[];
  /** Backwards from before `before`; the page itself is in the order of time. */
  readBackward(range: EventRange, before?: Position): readonly LogEvent[];
  /** As AWS counts them: the bytes of the messages and 26 for each. */
  storedBytes(groupId: number): number;
  /** Takes away what functions said before the last `most` events that came. */
  forgetSaid(most: number): void;
}>;

type Row = { id: number; name: string; timestamp: number; ingested_ms: number; message: string };

const toEvent = (row: Row): LogEvent => ({
  id: row.id,
  streamName: row.name,
  timestamp: row.timestamp,
  ingestedMs: row.ingested_ms,
  message: row.message,
});

const first: Position = { timestamp: Number.MIN_SAFE_INTEGER, id: 0 };
const last: Position = { timestamp: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };

export const createEvents = (database: DatabaseSync): Events => {
  const insert = database.prepare(
    'INSERT INTO log_event (log_stream, log_group, timestamp, ingested_ms, message, said) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const touch = database.prepare('UPDATE log_stream SET last_ingested_ms = ? WHERE id = ?');
  const read = (owner: 'log_stream' | 'log_group', comparison: '>' | '<') =>
    database.prepare(
      `SELECT e.id, s.name, e.timestamp, e.ingested_ms, e.message
       FROM log_event e JOIN log_stream s ON s.id = e.log_stream
       WHERE e.${owner} = ? AND e.timestamp BETWEEN ? AND ? AND (e.timestamp, e.id) ${comparison} (?, ?)
       ORDER BY e.timestamp ${comparison === '>' ? 'ASC' : 'DESC'}, e.id ${comparison === '>' ? 'ASC' : 'DESC'} LIMIT ?`,
    );
  const readers = {
    stream: { forward: read('log_stream', '>'), backward: read('log_stream', '<') },
    group: { forward: read('log_group', '>'), backward: read('log_group', '<') },
  };
  const sum = database.prepare(
    'SELECT coalesce(sum(length(CAST(message AS BLOB)) + 26), 0) AS bytes FROM log_event WHERE log_group = ?',
  );
  const forget = database.prepare('DELETE FROM log_event WHERE said = 1 AND id <= (SELECT max(id) FROM log_event) - ?');

  const page = (direction: 'forward' | 'backward', range: EventRange, from: Position): LogEvent[] => {
    const { of, fromMs, toMs, limit } = range;
    const [reader, owner] = 'stream' in of ? [readers.stream, of.stream] : [readers.group, of.group];
    const rows = reader[direction].all(owner, fromMs, toMs, from.timestamp, from.id, limit) as Row[];
    return rows.map(toEvent);
  };

  return {
    append({ groupId, streamId, said = false }, events, ingestedMs) {
      for (const { timestamp, message } of events) {
        insert.run(streamId, groupId, timestamp, ingestedMs, message, said ? 1 : 0);
      }
      touch.run(ingestedMs, streamId);
    },
    readForward: (range, after = first) => page('forward', range, after),
    readBackward: (range, before = last) => page('backward', range, before).reverse(),
    storedBytes: (groupId) => (sum.get(groupId) as { bytes: number }).bytes,
    forgetSaid: (most) => void forget.run(most),
  };
};
