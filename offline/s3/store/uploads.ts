import type { DatabaseSync } from 'node:sqlite';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../checksums.ts';
import { keyOf, toKey } from './keys.ts';
import type { Position, Tags } from './versions.ts';

/** A multipart upload that was begun. */
export type Upload = Readonly<{
  id: string;
  /** Orders the uploads of one key by the time they were begun. */
  sequence: number;
  bucket: string;
  key: string;
  initiatedMs: number;
  headers: Readonly<Record<string, string>>;
  tags: Tags;
  checksum?: Readonly<{ algorithm: ChecksumAlgorithm; type: ChecksumType }>;
  /** The answer to its completion: a client that lost it asks again and gets the same. */
  completed?: string;
}>;

export type Part = Readonly<{
  number: number;
  content: number;
  size: number;
  eTag: string;
  modifiedMs: number;
  checksum?: Checksum;
}>;

export type Uploads = Readonly<{
  find(id: string): Upload | undefined;
  insert(upload: Upload): void;
  complete(id: string, answer: string): void;
  remove(id: string): void;
  /** Removes what was completed before that time: nobody asks for it any more. */
  forgetCompleted(beforeMs: number): void;
  isEmpty(bucket: string): boolean;
  parts(id: string): readonly Part[];
  findPart(id: string, number: number): Part | undefined;
  putPart(id: string, part: Part): void;
  removeParts(id: string): void;
  /** Open uploads in byte order of their keys, within the first key only those begun after `newerThan`. */
  scan(bucket: string, from: Position, newerThan?: number): Iterable<Upload>;
}>;

type UploadRow = {
  id: string;
  sequence: number;
  bucket: string;
  key: Uint8Array;
  initiated_ms: number;
  headers: string;
  tags: string;
  checksum_algorithm: ChecksumAlgorithm | null;
  checksum_type: ChecksumType | null;
  completed: string | null;
};

type PartRow = {
  number: number;
  content: number;
  size: number;
  etag: string;
  modified_ms: number;
  checksum: string | null;
};

export const createUploads = (database: DatabaseSync): Uploads => {
  const find = database.prepare('SELECT * FROM upload WHERE id = ?');
  const insert = database.prepare('INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const complete = database.prepare('UPDATE upload SET completed = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM upload WHERE id = ?');
  const forget = database.prepare('DELETE FROM upload WHERE completed IS NOT NULL AND initiated_ms < ?');
  const any = database.prepare('SELECT 1 FROM upload WHERE bucket = ? AND completed IS NULL LIMIT 1');
  const parts = database.prepare('SELECT * FROM part WHERE upload = ? ORDER BY number');
  const findPart = database.prepare('SELECT * FROM part WHERE upload = ? AND number = ?');
  const putPart = database.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)');
  const removeParts = database.prepare('DELETE FROM part WHERE upload = ?');
  const open = 'SELECT * FROM upload WHERE completed IS NULL AND bucket = ? AND key';
  const openFrom = database.prepare(`${open} >= ? ORDER BY key, sequence`);
  const openAfter = database.prepare(`${open} > ? ORDER BY key, sequence`);
  const ofKeyNewer = database.prepare(`${open} = ? AND sequence > ? ORDER BY sequence`);

  return {
    find(id) {
      const row = find.get(id);
      return row && toUpload(row);
    },
    insert: (upload) =>
      void insert.run(
        upload.id,
        upload.sequence,
        upload.bucket,
        toKey(upload.key),
        upload.initiatedMs,
        JSON.stringify(upload.headers),
        JSON.stringify(upload.tags),
        upload.checksum?.algorithm ?? null,
        upload.checksum?.type ?? null,
        upload.completed ?? null,
      ),
    complete: (id, answer) => void complete.run(answer, id),
    remove: (id) => void remove.run(id),
    forgetCompleted: (beforeMs) => void forget.run(beforeMs),
    isEmpty: (bucket) => any.get(bucket) === undefined,
    parts: (id) => parts.all(id).map(toPart),
    findPart(id, number) {
      const row = findPart.get(id, number);
      return row && toPart(row);
    },
    putPart(id, part) {
      const checksum = part.checksum === undefined ? null : JSON.stringify(part.checksum);
      putPart.run(id, part.number, part.content, part.size, part.eTag, part.modifiedMs, checksum);
    },
    removeParts: (id) => void removeParts.run(id),
    *scan(bucket, from, newerThan) {
      if (newerThan !== undefined)
        for (const row of ofKeyNewer.iterate(bucket, from.key, newerThan)) yield toUpload(row);
      const inclusive = from.inclusive && newerThan === undefined;
      for (const row of (inclusive ? openFrom : openAfter).iterate(bucket, from.key)) yield toUpload(row);
    },
  };
};

const toUpload = (raw: unknown): Upload => {
  const row = raw as UploadRow;
  const { checksum_algorithm: algorithm, checksum_type: type } = row;
  return {
    id: row.id,
    sequence: row.sequence,
    bucket: row.bucket,
    key: keyOf(row.key),
    initiatedMs: row.initiated_ms,
    headers: JSON.parse(row.headers) as Record<string, string>,
    tags: JSON.parse(row.tags) as Tags,
    ...(algorithm === null || type === null ? {} : { checksum: { algorithm, type } }),
    ...(row.completed === null ? {} : { completed: row.completed }),
  };
};

const toPart = (raw: unknown): Part => {
  const row = raw as PartRow;
  return {
    number: row.number,
    content: row.content,
    size: row.size,
    eTag: row.etag,
    modifiedMs: row.modified_ms,
    ...(row.checksum === null ? {} : { checksum: JSON.parse(row.checksum) as Checksum }),
  };
};
