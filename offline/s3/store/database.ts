import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Keys are BLOBs: SQLite compares those byte by byte, which is the order of S3's lists. A version's `id` is drawn from
 * one rising `sequence`: it orders the versions of a key, it is the event's sequencer, and it names the content.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS sequence (last INTEGER NOT NULL);
  INSERT INTO sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sequence);

  CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, location TEXT NOT NULL, versioning TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS bucket_configuration (
    bucket TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (bucket, name)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS version (
    id INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, version_id TEXT NOT NULL,
    latest INTEGER NOT NULL, marker INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified_ms INTEGER NOT NULL, headers TEXT NOT NULL, tags TEXT NOT NULL, checksum TEXT, parts TEXT
  );
  CREATE INDEX IF NOT EXISTS version_order ON version (bucket, key, id DESC);
  CREATE UNIQUE INDEX IF NOT EXISTS version_latest ON version (bucket, key) WHERE latest = 1;

  CREATE TABLE IF NOT EXISTS segment (
    content INTEGER NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL, start INTEGER NOT NULL,
    length INTEGER NOT NULL, PRIMARY KEY (content, position)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS segment_body ON segment (body);

  CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, bucket TEXT NOT NULL, key BLOB NOT NULL,
    initiated_ms INTEGER NOT NULL, headers TEXT NOT NULL, tags TEXT NOT NULL, checksum_algorithm TEXT,
    checksum_type TEXT, completed TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS upload_order ON upload (bucket, key, sequence);

  CREATE TABLE IF NOT EXISTS part (
    upload TEXT NOT NULL, number INTEGER NOT NULL, content INTEGER NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified_ms INTEGER NOT NULL, checksum TEXT, PRIMARY KEY (upload, number)
  ) WITHOUT ROWID;
`;

/**
 * Opens the metadata. In WAL mode with `synchronous=NORMAL` a commit stands in the system's page cache when it returns:
 * it survives the death of the process at any moment, and a power cut can cost the last commits but never the
 * consistency. The exclusive lock keeps a second local cloud out of the folder; the system frees it with the process.
 */
export const openDatabase = (directory: string): DatabaseSync => {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'metadata.sqlite'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
  } catch (error) {
    database.close();
    if (!String(error).includes('database is locked')) throw error;
    throw new Error(`The S3 state in ${directory} is in use by another local cloud.`, { cause: error });
  }
  return database;
};

/** Runs `work` in one transaction; everything is undone when it throws. */
export const inTransaction = <T>(database: DatabaseSync, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
};
