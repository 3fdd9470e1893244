import { randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Random } from '../../offline/notifications/random.ts';
import { localNames } from '../support/local-cloud.ts';
import { digestOf, type S3Part } from './s3-part.ts';

const Bucket = localNames.inboxBucket;
const senderCount = 3;
const keysOfSender = 8;

/** What a version holds, by digest; a delete marker holds nothing. */
type Content = string | undefined;
type Version = Readonly<{ id: string; content: Content }>;

/** The acknowledged versions of a key, oldest first, and what may have come after them. */
type Known = { versions: Version[]; unsure: Content[] };

/** An entry of the list; `entries` of a kind come newest first. */
type Listed = Readonly<{ key: string; id: string; isMarker: boolean; isLatest: boolean }>;

const listedOf = (page: ListObjectVersionsCommandOutput): Listed[] => {
  const read = (entries: readonly (ObjectVersion | DeleteMarkerEntry)[], isMarker: boolean): Listed[] =>
    entries.map(({ Key: key = '', VersionId: id = '', IsLatest: isLatest = false }) => ({
      key,
      id,
      isMarker,
      isLatest,
    }));
  return [...read(page.Versions ?? [], false), ...read(page.DeleteMarkers ?? [], true)];
};

const listAll = async (s3: S3Client): Promise<Listed[]> => {
  const all: Listed[] = [];
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const marker = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
    page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 100, ...marker }));
    all.push(...listedOf(page));
  } while (page.IsTruncated === true);
  return all;
};

const readVersion = async (s3: S3Client, Key: string, VersionId: string): Promise<string> =>
  digestOf(await (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToByteArray());

/** A bucket that forgets nothing: puts, copies of versions old and new, and deletes that leave markers. */
export const createS3Versions = (random: Random): S3Part => {
  const known = new Map<string, Known>();
  let acknowledged = 0;

  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];

  /** Makes one write and answers the id of its version. */
  const perform = async (Key: string, content: Content, write: () => Promise<{ VersionId?: string | undefined }>) => {
    const state = known.get(Key) ?? { versions: [], unsure: [] };
    known.set(Key, state);
    state.unsure.push(content);
    const { VersionId = '' } = await write();
    expect(VersionId).not.toBe('');
    state.versions.push({ id: VersionId, content });
    state.unsure = [];
    acknowledged += 1;
  };

  const writeOne = async (s3: S3Client, sender: number): Promise<void> => {
    const Key = `${sender}/${Math.floor(random() * keysOfSender)}`;
    const chance = random();
    if (chance < 0.2) {
      return perform(Key, undefined, () => s3.send(new DeleteObjectCommand({ Bucket, Key })));
    }
    const sourceKey = pick([...known.keys()].filter((key) => key.startsWith(`${sender}/`))) ?? '';
    const source = pick((known.get(sourceKey)?.versions ?? []).filter(({ content }) => content !== undefined));
    if (chance < 0.5 && source) {
      const CopySource = `${Bucket}/${sourceKey}?versionId=${source.id}`;
      // A version may be copied onto its own key only where the copy changes something.
      const command = new CopyObjectCommand({ Bucket, Key, CopySource, MetadataDirective: 'REPLACE' });
      return perform(Key, source.content, () => s3.send(command));
    }
    const Body = randomBytes(1 + Math.floor(random() * 20_000));
    return perform(Key, digestOf(Body), () => s3.send(new PutObjectCommand({ Bucket, Key, Body })));
  };

  /** What the kill has interrupted may stand, as the newest of its key; then it is known from now on. */
  const adoptUnsure = async (s3: S3Client, state: Known, listed: readonly Listed[]): Promise<void> => {
    const ids = new Set(state.versions.map(({ id }) => id));
    const extra = listed.filter(({ id }) => !ids.has(id));
    expect(extra.length).toBeLessThanOrEqual(state.unsure.length);
    for (const { key, id, isMarker } of extra) {
      const content = isMarker ? undefined : await readVersion(s3, key, id);
      expect(state.unsure).toContain(content);
      state.versions.push({ id, content });
    }
    state.unsure = [];
  };

  const read = new Set<string>();
  const checkContents = async (s3: S3Client, key: string, versions: readonly Version[]): Promise<void> => {
    for (const { id, content } of versions) {
      if (content === undefined || read.has(id)) continue;
      expect({ key, id, content: await readVersion(s3, key, id) }).toEqual({ key, id, content });
      read.add(id);
    }
  };

  return {
    senders: (s3) => Array.from({ length: senderCount }, (_, sender) => () => writeOne(s3, sender)),
    async check(s3) {
      const listed = await listAll(s3);
      expect(listed.filter(({ key }) => !known.has(key))).toEqual([]);
      for (const [key, state] of known) {
        const ofKey = listed.filter((entry) => entry.key === key);
        await adoptUnsure(s3, state, ofKey);
        const { versions } = state;
        const newestFirst = (isMarker: boolean) =>
          versions
            .filter(({ content }) => (content === undefined) === isMarker)
            .map(({ id }) => id)
            .reverse();
        for (const isMarker of [false, true]) {
          const ids = ofKey.filter((entry) => entry.isMarker === isMarker).map(({ id }) => id);
          expect({ key, isMarker, ids }).toEqual({ key, isMarker, ids: newestFirst(isMarker) });
        }
        const latest = ofKey.filter(({ isLatest }) => isLatest).map(({ id }) => id);
        expect({ key, latest }).toEqual({ key, latest: versions.slice(-1).map(({ id }) => id) });
        await checkContents(s3, key, versions);
      }
      const all = [...known.values()].flatMap(({ versions }) => versions);
      return all.flatMap(({ content }) => content ?? []);
    },
    acknowledged: () => acknowledged,
  };
};
