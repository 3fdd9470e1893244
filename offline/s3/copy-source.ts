import { createHash } from 'node:crypto';
import { parseCopySource } from './address.ts';
import { type Checksum, type ChecksumAlgorithm, createChecksum } from './checksums.ts';
import { judgeCopySource } from './conditions.ts';
import { type Call, type Context, headerOf } from './context.ts';
import { S3Error } from './errors.ts';
import { findVersion } from './operations/get-object.ts';
import type { Segment } from './store/bodies.ts';
import type { Bucket } from './store/buckets.ts';
import type { ObjectVersion } from './store/versions.ts';

export type CopySource = Readonly<{
  bucket: Bucket;
  version: ObjectVersion;
  segments: readonly Segment[];
  namesVersion: boolean;
}>;

/** Finds what `x-amz-copy-source` names and judges the conditions on it. */
export const findCopySource = ({ store, now }: Context, call: Call): CopySource => {
  const source = parseCopySource(headerOf(call, 'x-amz-copy-source') ?? '');
  const bucket = store.buckets.get(source.bucket);
  const version = findSourceVersion({ store }, bucket, source);
  judgeCopySource(call.headers, version, now());
  return { bucket, version, segments: store.contents.of(version.id), namesVersion: source.versionId !== undefined };
};

/** A delete marker that is named is not refused as a read of it would be, but as a source that no copy can have. */
const findSourceVersion = (
  { store }: Pick<Context, 'store'>,
  bucket: Bucket,
  { key, versionId }: ReturnType<typeof parseCopySource>,
): ObjectVersion => {
  const named = versionId === undefined ? undefined : store.versions.find(bucket.name, key, versionId);
  if (named?.isDeleteMarker !== true) return findVersion({ store }, bucket, key, versionId);
  throw new S3Error('InvalidRequest', {
    message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
  });
};

/**
 * Works on segments while they are sure to stay on disk. A copy shares the bodies of its source: bytes are read only
 * where a digest of them is not known yet.
 */
export const whileHeld = async <T>(
  { store }: Context,
  segments: readonly Segment[],
  work: () => Promise<T>,
): Promise<T> => {
  const release = store.bodies.hold(segments);
  try {
    return await work();
  } finally {
    release();
  }
};

/** Reads segments through for their MD5 and, if asked for, a checksum. */
export const digest = async (
  { store }: Context,
  segments: readonly Segment[],
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Readonly<{ eTag: string; checksum?: Checksum }>> => {
  const md5 = createHash('md5');
  const running = algorithm === undefined ? undefined : createChecksum(algorithm);
  for await (const chunk of store.bodies.read(segments) as AsyncIterable<Buffer>) {
    md5.update(chunk);
    running?.update(chunk);
  }
  const eTag = md5.digest('hex');
  if (algorithm === undefined || running === undefined) return { eTag };
  return { eTag, checksum: { algorithm, type: 'FULL_OBJECT', value: running.digest().toString('base64') } };
};
