import type { DatabaseSync } from 'node:sqlite';
import type { Checksum } from '../checksums.ts';
import { keyOf, toKey } from './keys.ts';

export type Tags = Readonly<Record<string, string>>;

/** One version of an object, or a delete marker. In a bucket that was never versioned there is only version `null`. */
export type ObjectVersion = Readonly<{
  /** Rises over everything that happens in the store; the name of the content and the event's sequencer. */
  id: number;
  bucket: string;
  key: string;
  versionId: string;
  isLatest: boolean;
  isDeleteMarker: boolean;
  size: number;
  /** Without quotes. */
  eTag: string;
  modifiedMs: number;
  /** System headers and user metadata, by the names under which they are sent. */
  headers: Readonly<Record<string, string>>;
  tags: Tags;
  checksum?: Checksum;
  /** The sizes of its parts, when it was uploaded in parts. */
  partSizes?: readonly number[];
}>;

/** Where a scan of a list begins. */
export type Position = Readonly<{ key: Uint8Array; inclusive: boolean }>;

export type Versions = Readonly<{
  latest(bucket: string, key: string): ObjectVersion | undefined;
  find(bucket: string, key: string, versionId: string): ObjectVersion | undefined;
  insert(version: Omit<ObjectVersion, 'isLatest'>): void;
  remove(version: ObjectVersion): void;
  setTags(id: number, tags: Tags): void;
  isEmpty(bucket: string): boolean;
  /** Current objects in byte order. */
  scanCurrent(bucket: string, from: Position): Iterable<ObjectVersion>;
  /** All versions in byte order, the newest of a key first; within the first key only those older than `olderThan`. */
  scanAll(bucket: string, from: Position, olderThan?: number): Iterable<ObjectVersion>;
}>;

type Row = {
  id: number;
  bucket: string;
  key: Uint8Array;
  version_id: string;
  latest: number;
  marker: number;
  size: number;
  etag: string;
  modified_ms: number;
  headers: string;
  tags: string;
  checksum: string | null;
  parts: string | null;
};

export const createVersions = (database: DatabaseSync): Versions => {
  const latest = database.prepare('SELECT * FROM version WHERE bucket = ? AND key = ? AND latest = 1');
  const newest = database.prepare('SELECT id FROM version WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1');
  const find = database.prepare('SELECT * FROM version WHERE bucket = ? AND key = ? AND version_id = ?');
  const age = database.prepare('UPDATE version SET latest = 0 WHERE bucket = ? AND key = ? AND latest = 1');
  const promote = database.prepare('UPDATE version SET latest = 1 WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO version (id, bucket, key, version_id, latest, marker, size, etag, modified_ms, headers, tags, checksum, parts)
     VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare('DELETE FROM version WHERE id = ?');
  const setTags = database.prepare('UPDATE version SET tags = ? WHERE id = ?');
  const any = database.prepare('SELECT 1 FROM version WHERE bucket = ? LIMIT 1');
  const current = 'SELECT * FROM version WHERE bucket = ? AND latest = 1 AND marker = 0 AND key';
  const currentFrom = database.prepare(`${current} >= ? ORDER BY key`);
  const currentAfter = database.prepare(`${current} > ? ORDER BY key`);
  const allFrom = database.prepare('SELECT * FROM version WHERE bucket = ? AND key >= ? ORDER BY key, id DESC');
  const allAfter = database.prepare('SELECT * FROM version WHERE bucket = ? AND key > ? ORDER BY key, id DESC');
  const ofKeyOlder = database.prepare('SELECT * FROM version WHERE bucket = ? AND key = ? AND id < ? ORDER BY id DESC');

  return {
    latest: (bucket, key) => read(latest.get(bucket, toKey(key))),
    find: (bucket, key, versionId) => read(find.get(bucket, toKey(key), versionId)),
    insert(version) {
      const key = toKey(version.key);
      age.run(version.bucket, key);
      insert.run(
        version.id,
        version.bucket,
        key,
        version.versionId,
        version.isDeleteMarker ? 1 : 0,
        version.size,
        version.eTag,
        version.modifiedMs,
        JSON.stringify(version.headers),
        JSON.stringify(version.tags),
        version.checksum === undefined ? null : JSON.stringify(version.checksum),
        version.partSizes === undefined ? null : JSON.stringify(version.partSizes),
      );
    },
    remove(version) {
      const key = toKey(version.key);
      remove.run(version.id);
      if (!version.isLatest) return;
      const next = newest.get(version.bucket, key) as { id: number } | undefined;
      if (next !== undefined) promote.run(next.id);
    },
    setTags: (id, tags) => void setTags.run(JSON.stringify(tags), id),
    isEmpty: (bucket) => any.get(bucket) === undefined,
    *scanCurrent(bucket, from) {
      for (const row of (from.inclusive ? currentFrom : currentAfter).iterate(bucket, from.key)) yield toVersion(row);
    },
    *scanAll(bucket, from, olderThan) {
      if (olderThan !== undefined) {
        for (const row of ofKeyOlder.iterate(bucket, from.key, olderThan)) yield toVersion(row);
      }
      const inclusive = from.inclusive && olderThan === undefined;
      for (const row of (inclusive ? allFrom : allAfter).iterate(bucket, from.key)) yield toVersion(row);
    },
  };
};

const read = (row: unknown): ObjectVersion | undefined => (row === undefined ? undefined : toVersion(row));

const toVersion = (raw: unknown): ObjectVersion => {
  const row = raw as Row;
  return {
    id: row.id,
    bucket: row.bucket,
    key: keyOf(row.key),
    versionId: row.version_id,
    isLatest: row.latest === 1,
    isDeleteMarker: row.marker === 1,
    size: row.size,
    eTag: row.etag,
    modifiedMs: row.modified_ms,
    headers: JSON.parse(row.headers) as Record<string, string>,
    tags: JSON.parse(row.tags) as Tags,
    ...(row.checksum === null ? {} : { checksum: JSON.parse(row.checksum) as Checksum }),
    ...(row.parts === null ? {} : { partSizes: JSON.parse(row.parts) as number[] }),
  };
};
