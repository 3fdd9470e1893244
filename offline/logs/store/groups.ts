import type { DatabaseSync } from 'node:sqlite';

export type LogGroup = Readonly<{
  id: number;
  name: string;
  createdMs: number;
  /** Absent: events never expire. */
  retentionDays?: number;
  tags: Readonly<Record<string, string>>;
}>;

export type Groups = Readonly<{
  find(name: string): LogGroup | undefined;
  create(name: string, createdMs: number): void;
  /** Makes the group as old as that. */
  backdate(group: LogGroup, createdMs: number): void;
  setRetention(name: string, days: number | undefined): void;
  setTags(name: string, tags: Readonly<Record<string, string>>): void;
  /** With its streams and events. */
  remove(group: LogGroup): void;
  /** In the order of names, after `after`, at most `limit`; `pattern` is a part of the name, whatever its case. */
  list(options: { prefix: string; pattern: string; after: string; limit: number }): readonly LogGroup[];
}>;

type Row = { id: number; name: string; created_ms: number; retention_days: number | null; tags: string };

const toGroup = (row: Row): LogGroup => ({
  id: row.id,
  name: row.name,
  createdMs: row.created_ms,
  tags: JSON.parse(row.tags) as Record<string, string>,
  ...(row.retention_days === null ? {} : { retentionDays: row.retention_days }),
});

export const createGroups = (database: DatabaseSync): Groups => {
  const select = database.prepare('SELECT * FROM log_group WHERE name = ?');
  const insert = database.prepare("INSERT INTO log_group (name, created_ms, tags) VALUES (?, ?, '{}')");
  const updateCreated = database.prepare('UPDATE log_group SET created_ms = ? WHERE id = ?');
  const updateRetention = database.prepare('UPDATE log_group SET retention_days = ? WHERE name = ?');
  const updateTags = database.prepare('UPDATE log_group SET tags = ? WHERE name = ?');
  const selectPage = database.prepare(
    `SELECT * FROM log_group WHERE name > ? AND substr(name, 1, length(?)) = ? AND instr(lower(name), lower(?)) > 0
     ORDER BY name LIMIT ?`,
  );
  const removals = [
    'DELETE FROM log_event WHERE log_group = ?',
    'DELETE FROM log_stream WHERE log_group = ?',
    'DELETE FROM log_group WHERE id = ?',
  ].map((statement) => database.prepare(statement));

  return {
    find(name) {
      const row = select.get(name) as Row | undefined;
      return row && toGroup(row);
    },
    create: (name, createdMs) => void insert.run(name, createdMs),
    backdate: ({ id }, createdMs) => void updateCreated.run(createdMs, id),
    setRetention: (name, days) => void updateRetention.run(days ?? null, name),
    setTags: (name, tags) => void updateTags.run(JSON.stringify(tags), name),
    remove: ({ id }) => removals.forEach((removal) => removal.run(id)),
    list: ({ prefix, pattern, after, limit }) =>
      (selectPage.all(after, prefix, prefix, pattern, limit) as Row[]).map(toGroup),
  };
};
