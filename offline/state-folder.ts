import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another local cloud works in the same state folder. */
class StateFolderInUseError extends Error {
  override readonly name = 'StateFolderInUseError';

  constructor(directory: string) {
    super(`The state folder ${directory} is in use by another local cloud; choose another with --stateDir <folder>.`);
  }
}

/** Where each part of the local cloud keeps its state. */
export type StateFolder = Readonly<{
  s3: string;
  dynamodb: string;
  messaging: string;
  logs: string;
  stepFunctions: string;
  /** The bucket notifications of the last run. */
  notifications: string;
  /** Gives the folder free. */
  release(): void;
}>;

/** SQLite's lock of a file ends with its process, however that ends: a killed cloud leaves nothing to clean up. */
const lock = (directory: string): DatabaseSync => {
  const database = new DatabaseSync(join(directory, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (Error.isError(error) && 'errcode' in error && error.errcode === 5) throw new StateFolderInUseError(directory);
    throw error;
  }
};

/**
 * Opens the folder that the local cloud keeps its state in, for this process alone. With `fresh`, what an earlier run
 * kept there is taken away: by name, so that a folder given by mistake loses nothing else.
 *
 * @throws {StateFolderInUseError} when another local cloud works in it.
 */
export const openStateFolder = async (directory: string, fresh: boolean): Promise<StateFolder> => {
  await mkdir(directory, { recursive: true });
  const held = lock(directory);
  const paths = {
    s3: join(directory, 's3'),
    dynamodb: join(directory, 'dynamodb'),
    messaging: join(directory, 'messaging'),
    logs: join(directory, 'logs'),
    stepFunctions: join(directory, 'stepfunctions'),
    notifications: join(directory, 'notifications.json'),
  };
  if (fresh) await Promise.all(Object.values(paths).map((path) => rm(path, { recursive: true, force: true })));
  return { ...paths, release: () => held.close() };
};
