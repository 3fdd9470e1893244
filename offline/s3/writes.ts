import type { Call, Context } from './context.ts';
import type { Checksum } from './checksums.ts';
import { S3Error } from './errors.ts';
import type { Segment } from './store/bodies.ts';
import type { Bucket } from './store/buckets.ts';
import { createId, isId } from './store/ids.ts';
import type { Store } from './store/store.ts';
import type { ObjectVersion, Tags } from './store/versions.ts';

/** An object about to be written under a key. */
export type NewObject = Readonly<{
  segments: readonly Segment[];
  size: number;
  eTag: string;
  headers: Readonly<Record<string, string>>;
  tags: Tags;
  modifiedMs: number;
  checksum?: Checksum;
  partSizes?: readonly number[];
}>;

/** What a delete did: the marker that it put, or the version that it removed; nothing, where there was nothing. */
export type Deletion = Readonly<{ marker?: ObjectVersion; removed?: ObjectVersion; sequence: number }>;

const nullVersion = 'null';

/** The current object; a delete marker is none. */
export const currentObject = (store: Store, bucket: string, key: string): ObjectVersion | undefined => {
  const latest = store.versions.latest(bucket, key);
  return latest?.isDeleteMarker === false ? latest : undefined;
};

/** Puts a version on top, in the place of version `null` unless the bucket is versioned. Only inside `commit`. */
export const putObject = (store: Store, bucket: Bucket, key: string, object: NewObject): ObjectVersion => {
  const { segments, ...fields } = object;
  const version = putVersion(store, bucket, { ...fields, key, isDeleteMarker: false });
  store.contents.put(version.id, segments);
  return version;
};

/** Deletes as a request without a version id does. Only inside `commit`. */
export const deleteCurrent = (store: Store, bucket: Bucket, key: string, modifiedMs: number): Deletion => {
  if (bucket.versioning === '') {
    const removed = store.versions.latest(bucket.name, key);
    if (removed !== undefined) removeVersion(store, removed);
    return { sequence: store.nextSequence(), ...(removed && { removed }) };
  }
  const empty = { size: 0, eTag: '', headers: {}, tags: {} };
  const marker = putVersion(store, bucket, { ...empty, key, modifiedMs, isDeleteMarker: true });
  return { sequence: marker.id, marker };
};

/** Deletes one version for good. Only inside `commit`. */
export const deleteVersion = (store: Store, bucket: Bucket, key: string, versionId: string): Deletion => {
  const removed = store.versions.find(bucket.name, key, versionId);
  if (removed === undefined && versionId !== nullVersion) checkVersionId(versionId);
  if (removed !== undefined) removeVersion(store, removed);
  return { sequence: store.nextSequence(), ...(removed && { removed }) };
};

/** Throws `InvalidArgument` for what can never have been a version id. */
export const checkVersionId = (versionId: string): void => {
  if (versionId === nullVersion || isId(versionId)) return;
  throw new S3Error('InvalidArgument', {
    message: 'Invalid version id specified',
    details: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
};

type NewVersion = Omit<ObjectVersion, 'id' | 'bucket' | 'versionId' | 'isLatest'>;

const putVersion = (store: Store, bucket: Bucket, version: NewVersion): ObjectVersion => {
  const id = store.nextSequence();
  const versionId = bucket.versioning === 'Enabled' ? createId(id) : nullVersion;
  if (versionId === nullVersion) {
    const replaced = store.versions.find(bucket.name, version.key, nullVersion);
    if (replaced !== undefined) removeVersion(store, replaced);
  }
  const whole = { ...version, id, bucket: bucket.name, versionId };
  store.versions.insert(whole);
  return { ...whole, isLatest: true };
};

const removeVersion = (store: Store, version: ObjectVersion): void => {
  store.versions.remove(version);
  store.contents.drop(version.id);
};

/** The version id as it is told to the caller: buckets that were never versioned have none. */
export const shownVersionId = (bucket: Bucket, version: ObjectVersion): string | undefined =>
  bucket.versioning === '' ? undefined : version.versionId;

/** Tells the notifier of an object that was created by `way` (`Put`, `Copy`, …). */
export const emitCreated = (context: Context, call: Call, way: string, version: ObjectVersion): void =>
  context.emit({
    ...who(context, call),
    eventName: `ObjectCreated:${way}`,
    bucket: version.bucket,
    key: version.key,
    size: version.size,
    eTag: version.eTag,
    ...(version.versionId === nullVersion ? {} : { versionId: version.versionId }),
    sequencer: sequencerOf(version.id),
  });

/** Tells the notifier of a removal; what was not there is not removed. */
export const emitRemoved = (context: Context, call: Call, key: string, deletion: Deletion): void => {
  const version = deletion.marker ?? deletion.removed;
  if (version === undefined) return;
  context.emit({
    ...who(context, call),
    eventName: deletion.marker === undefined ? 'ObjectRemoved:Delete' : 'ObjectRemoved:DeleteMarkerCreated',
    bucket: version.bucket,
    key,
    ...(version.versionId === nullVersion ? {} : { versionId: version.versionId }),
    sequencer: sequencerOf(deletion.sequence),
  });
};

const who = (context: Context, { exchange }: Call) => ({
  eventTime: context.now(),
  requestId: exchange.requestId,
  principalId: exchange.accessKeyId === '' ? 'Anonymous' : `AWS:${exchange.accessKeyId}`,
  sourceIpAddress: (exchange.request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
});

/** Fixed width, so that text order is number order. */
const sequencerOf = (sequence: number): string => sequence.toString(16).toUpperCase().padStart(16, '0');
