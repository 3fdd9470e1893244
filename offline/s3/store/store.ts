import { randomBytes } from 'node:crypto';
import { type Bodies, createBodies } from './bodies.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { type Contents, createContents } from './contents.ts';
import { inTransaction } from '../../sqlite.ts';
import { openMetadata } from './database.ts';
import { createUploads, type Uploads } from './uploads.ts';
import { createVersions, type Versions } from './versions.ts';

/** Everything the local S3 keeps. Reads are synchronous, so what a handler reads between two awaits belongs together. */
export type Store = Readonly<{
  buckets: Buckets;
  versions: Versions;
  uploads: Uploads;
  contents: Contents;
  bodies: Bodies;
  /** The next number of the one rising sequence; to be drawn inside `commit`. */
  nextSequence(): number;
  /** Judges and writes in one transaction: it stands when this returns, and bodies that nothing needs any more go. */
  commit<T>(work: () => T): T;
  close(): Promise<void>;
}>;

const rememberedMs = 24 * 60 * 60 * 1000;

export const openStore = (directory: string, now: () => Date): Store => {
  const database = openMetadata(directory);
  const contents = createContents(database);
  const uploads = createUploads(database);
  const randomId = () => randomBytes(16).toString('hex');
  const bodies = createBodies(directory, { randomId, isReferenced: (body) => contents.isReferenced(body) });
  const draw = database.prepare('UPDATE sequence SET last = last + 1 RETURNING last');
  uploads.forgetCompleted(now().getTime() - rememberedMs);

  return {
    buckets: createBuckets(database),
    versions: createVersions(database),
    uploads,
    contents,
    bodies,
    nextSequence: () => (draw.get() as { last: number }).last,
    commit(work) {
      const result = inTransaction(database, work);
      bodies.discard(contents.takeDropped());
      return result;
    },
    async close() {
      await bodies.close();
      database.close();
    },
  };
};
