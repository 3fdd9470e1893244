import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GoneError, SupersededError } from '../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { quarantineKey } from '../../lib/domain/quarantine.ts';
import type { Quarantine, QuarantinedFile } from '../../lib/ports/quarantine.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { byUtf8 } from './by-utf8.ts';
import { refusedBy } from './refused-by.ts';

type StoredObject = Readonly<{
  body: Uint8Array;
  eTag: string;
  lastModified: number;
  contentType?: string;
  copiedFrom?: string;
}>;

/** Buckets as maps, with S3's conditions; and a sender's hand to put and delete with. */
export type InMemoryObjectStore = ObjectStore & {
  /** `bucket/key` → object: only the current versions, which are all that the service may touch. */
  objects: Map<string, StoredObject>;
  put(bucket: string, key: string, body: string | Uint8Array): FileVersion;
  /** The same by a multipart upload: the eTag is no digest of the bytes, and a copy has another. */
  putByParts(bucket: string, key: string, body: string | Uint8Array): FileVersion;
  /** Copies as `CopyObject` does: a new time, and the eTag of an object put in one piece. */
  copyObject(from: string, to: string, copiedFrom?: string): StoredObject | undefined;
  delete(bucket: string, key: string): void;
};

/**
 * @param betweenCopies what others do between the two copies of a refire, which are two requests on S3
 */
export const inMemoryObjectStore = ({
  outputsBucket = 'outputs',
  inboxBucket = 'everyfile-test-inbox',
  inboxPrefix = 'incoming/',
  now = (): number => 0,
  pageSize = 1000,
  copyBytes = 5 * 1024 ** 3,
  betweenCopies = async (): Promise<unknown> => undefined,
} = {}): InMemoryObjectStore => {
  const objects = new Map<string, StoredObject>();
  const store = (bucket: string, key: string, body: string | Uint8Array, contentType?: string): StoredObject => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const object = {
      body: bytes,
      eTag: md5Of(bytes),
      lastModified: now(),
      ...(contentType !== undefined && { contentType }),
    };
    objects.set(pathOf(bucket, key), object);
    return object;
  };
  const copyObject = (from: string, to: string, copiedFrom?: string): StoredObject | undefined => {
    const source = objects.get(from);
    if (source === undefined) return undefined;
    const { body, contentType } = source;
    const copy = {
      body,
      // Only a multipart object's eTag changes; hashing the others again would cost a simulation its speed.
      eTag: source.eTag.includes('-') ? md5Of(body) : source.eTag,
      lastModified: now(),
      ...(contentType !== undefined && { contentType }),
      ...(copiedFrom !== undefined && { copiedFrom }),
    };
    objects.set(to, copy);
    return copy;
  };
  const current = (file: FileVersion): StoredObject | undefined => objects.get(`${file.bucket}/${file.key}`);
  const standing = (file: FileVersion): StoredObject | undefined => {
    const object = current(file);
    return object?.eTag === file.eTag ? object : undefined;
  };
  return {
    objects,
    put(bucket, key, body) {
      const { eTag, body: bytes } = store(bucket, key, body);
      return createFileVersion({ bucket, key, eTag, size: bytes.length });
    },
    putByParts(bucket, key, body) {
      const stored = store(bucket, key, body);
      const eTag = `${md5Of(Buffer.from(stored.eTag, 'hex'))}-1`;
      objects.set(`${bucket}/${key}`, { ...stored, eTag });
      return createFileVersion({ bucket, key, eTag, size: stored.body.length });
    },
    copyObject,
    delete: (bucket, key) => void objects.delete(`${bucket}/${key}`),
    async open(file, signal) {
      signal?.throwIfAborted();
      const object = current(file);
      if (object === undefined) throw new GoneError(`no object stands under the key of ${file.id}`);
      if (object.eTag !== file.eTag) throw new SupersededError(`another object stands under the key of ${file.id}`);
      const { body, contentType, lastModified } = object;
      const head = {
        userMetadata: {},
        lastModified: new Date(lastModified),
        ...(contentType !== undefined && { contentType }),
      };
      return { head, body: Readable.from(body.length > 0 ? [body] : [], { objectMode: false }) };
    },
    async list(cursor) {
      const prefix = `${inboxBucket}/${inboxPrefix}`;
      const paths = [...objects.keys()]
        .filter((path) => path.startsWith(prefix) && (cursor === undefined || byUtf8(path, cursor) > 0))
        .sort(byUtf8);
      const page = paths.slice(0, pageSize);
      const last = page.at(-1);
      return {
        listedAt: now(),
        objects: page.map((path) => {
          const { eTag, body, lastModified } = objects.get(path)!;
          const key = path.slice(inboxBucket.length + 1);
          return { file: createFileVersion({ bucket: inboxBucket, key, eTag, size: body.length }), lastModified };
        }),
        ...(paths.length > page.length && last !== undefined && { next: last }),
      };
    },
    async refire(file, viaKey) {
      if (file.size > copyBytes) return 'changed';
      if (standing(file) === undefined) return 'absent';
      const [here, there] = [`${file.bucket}/${file.key}`, pathOf(file.bucket, viaKey)];
      if (copyObject(here, there)?.eTag !== file.eTag) return 'changed';
      await betweenCopies();
      if (standing(file) === undefined || objects.get(there)?.eTag !== file.eTag) return 'absent';
      copyObject(there, here);
      return 'refired';
    },
    stands: async (file) => standing(file) !== undefined,
    async copy(file, toKey) {
      if (standing(file) === undefined) return 'absent';
      copyObject(`${file.bucket}/${file.key}`, pathOf(file.bucket, toKey), file.id);
      return 'copied';
    },
    async remove(file) {
      if (standing(file) !== undefined) objects.delete(`${file.bucket}/${file.key}`);
    },
    async putDocument(bucket, key, document) {
      store(bucket, key, JSON.stringify(document), 'application/json');
    },
    async putOutput(key, body, contentType, signal) {
      signal?.throwIfAborted();
      store(outputsBucket, key, body, contentType);
    },
  };
};

const md5Of = (bytes: Uint8Array): string => hash('md5', bytes);

/** S3 takes keys of 1,024 bytes. */
const pathOf = (bucket: string, key: string): string => {
  if (Buffer.byteLength(key) > 1024) throw refusedBy('S3', 'KeyTooLongError', 'Your key is too long');
  return `${bucket}/${key}`;
};

/** The quarantine of the same buckets. */
export const inMemoryQuarantine = ({ objects, copyObject }: InMemoryObjectStore, bucket: string): Quarantine => ({
  async list() {
    return [...objects.entries()]
      .filter(([path]) => /^quarantine\/[0-9a-f]{64}\/reason\.json$/.test(path.slice(bucket.length + 1)))
      .sort(([one], [other]) => byUtf8(one, other))
      .map(([, { body }]) => {
        const reason = JSON.parse(new TextDecoder().decode(body)) as QuarantinedFile & FileVersion;
        return { ...reason, file: createFileVersion(reason) };
      });
  },
  async restore(file) {
    const [there, here] = [`${bucket}/${quarantineKey(file)}`, `${bucket}/${file.key}`];
    if (!objects.has(there)) return 'absent';
    if (objects.has(here)) return 'occupied';
    copyObject(there, here);
    return 'restored';
  },
});
