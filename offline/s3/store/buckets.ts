import type { DatabaseSync } from 'node:sqlite';
import { S3Error } from '../errors.ts';

export type Versioning = '' | 'Enabled' | 'Suspended';
export type Bucket = Readonly<{ name: string; createdMs: number; location: string; versioning: Versioning }>;

export type Buckets = Readonly<{
  find(name: string): Bucket | undefined;
  /** Throws `NoSuchBucket`. */
  get(name: string): Bucket;
  list(): readonly Bucket[];
  create(bucket: Bucket): void;
  setVersioning(name: string, versioning: Versioning): void;
  remove(name: string): void;
  configuration(bucket: string, name: string): string | undefined;
  /** `undefined` removes it. */
  setConfiguration(bucket: string, name: string, document: string | undefined): void;
}>;

type Row = { name: string; created_ms: number; location: string; versioning: Versioning };

export const createBuckets = (database: DatabaseSync): Buckets => {
  const select = database.prepare('SELECT * FROM bucket WHERE name = ?');
  const selectAll = database.prepare('SELECT * FROM bucket ORDER BY name');
  const insert = database.prepare('INSERT INTO bucket (name, created_ms, location, versioning) VALUES (?, ?, ?, ?)');
  const updateVersioning = database.prepare('UPDATE bucket SET versioning = ? WHERE name = ?');
  const remove = database.prepare('DELETE FROM bucket WHERE name = ?');
  const selectConfiguration = database.prepare(
    'SELECT document FROM bucket_configuration WHERE bucket = ? AND name = ?',
  );
  const replaceConfiguration = database.prepare(
    'INSERT OR REPLACE INTO bucket_configuration (bucket, name, document) VALUES (?, ?, ?)',
  );
  const removeConfiguration = database.prepare('DELETE FROM bucket_configuration WHERE bucket = ? AND name = ?');
  const removeConfigurations = database.prepare('DELETE FROM bucket_configuration WHERE bucket = ?');

  const find = (name: string): Bucket | undefined => {
    const row = select.get(name) as Row | undefined;
    return row && toBucket(row);
  };

  return {
    find,
    get(name) {
      const bucket = find(name);
      if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
      return bucket;
    },
    list: () => (selectAll.all() as Row[]).map(toBucket),
    create: (bucket) => void insert.run(bucket.name, bucket.createdMs, bucket.location, bucket.versioning),
    setVersioning: (name, versioning) => void updateVersioning.run(versioning, name),
    remove(name) {
      removeConfigurations.run(name);
      remove.run(name);
    },
    configuration(bucket, name) {
      const row = selectConfiguration.get(bucket, name) as { document: string } | undefined;
      return row?.document;
    },
    setConfiguration(bucket, name, document) {
      if (document === undefined) removeConfiguration.run(bucket, name);
      else replaceConfiguration.run(bucket, name, document);
    },
  };
};

const toBucket = (row: Row): Bucket => ({
  name: row.name,
  createdMs: row.created_ms,
  location: row.location,
  versioning: row.versioning,
});
