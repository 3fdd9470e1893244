import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite.ts';

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

/** Opens the metadata of the folder, for this process alone. */
export const openMetadata = (directory: string): DatabaseSync =>
  openDatabase(join(directory, 'metadata.sqlite'), schema);
