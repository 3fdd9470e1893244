import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a database with its tables. In WAL mode with `synchronous=NORMAL` a commit stands in the system's page cache when
 * it returns: it survives the death of the process at any moment, and a power cut can cost the last commits but never the
 * consistency. The exclusive lock keeps a second process out; the system frees it with this one.
 */
export const openDatabase = (file: string, schema: string): DatabaseSync => {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
  } catch (error) {
    database.close();
    if (!String(error).includes('database is locked')) throw error;
    throw new Error(`The state in ${file} is in use by another local cloud.`, { cause: error });
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
