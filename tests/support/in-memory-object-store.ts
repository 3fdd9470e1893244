import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GoneError, SupersededError } from '../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { quarantineKey } from '../../lib/domain/quarantine.ts';
import type { Quarantine, QuarantinedFile } from '../../lib/ports/quarantine.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';

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
  delete(bucket: string, key: string): void;
};

export const inMemoryObjectStore = ({
  outputsBucket = 'outputs',
  inboxBucket = 'everyfile-test-inbox',
  inboxPrefix = 'incoming/',
  now = (): number => 0,
  pageSize = 1000,
} = {}): InMemoryObjectStore => {
  const objects = new Map<string, StoredObject>();
  const store = (bucket: string, key: string, body: string | Uint8Array, contentType?: string): StoredObject => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const eTag = createHash('md5').update(bytes).digest('hex');
    const object = { body: bytes, eTag, lastModified: now(), ...(contentType !== undefined && { contentType }) };
    objects.set(`${bucket}/${key}`, object);
    return object;
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
      const paths = [...objects.keys()].filter((path) => path.startsWith(prefix) && path > (cursor ?? '')).sort();
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
      const object = standing(file);
      if (object === undefined) return 'absent';
      objects.set(`${file.bucket}/${viaKey}`, { ...object, lastModified: now() });
      objects.set(`${file.bucket}/${file.key}`, { ...object, lastModified: now() });
      return 'refired';
    },
    stands: async (file) => standing(file) !== undefined,
    async copy(file, toKey) {
      const object = standing(file);
      if (object === undefined) return 'absent';
      objects.set(`${file.bucket}/${toKey}`, { ...object, copiedFrom: file.id, lastModified: now() });
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

/** The quarantine of the same buckets. */
export const inMemoryQuarantine = ({ objects }: InMemoryObjectStore, bucket: string): Quarantine => ({
  async list() {
    return [...objects.entries()]
      .filter(([path]) => path.startsWith(`${bucket}/quarantine/`) && path.endsWith('/reason.json'))
      .map(([, { body }]) => {
        const reason = JSON.parse(new TextDecoder().decode(body)) as QuarantinedFile & FileVersion;
        return { ...reason, file: createFileVersion(reason) };
      });
  },
  async restore(file) {
    const copy = objects.get(`${bucket}/${quarantineKey(file)}`);
    if (copy === undefined) return 'absent';
    if (objects.has(`${bucket}/${file.key}`)) return 'occupied';
    objects.set(`${bucket}/${file.key}`, copy);
    return 'restored';
  },
});
