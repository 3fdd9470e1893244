import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { finished, PassThrough, type Readable } from 'node:stream';
import type { FileHead } from '../domain/action.ts';
import { GoneError, ServiceUnavailableError, SupersededError } from '../domain/errors.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { callAws, statusOf, translateError } from './aws-errors.ts';
import { listInbox } from './s3-list.ts';
import { copyByParts, copySource, maxCopyBytes, quoted } from './s3-copy.ts';

/** S3 answers 409 when a conditional delete races another write on the key: try again, it is soon decided. */
const maxConflicts = 5;

/** The inbox and the outputs on S3. */
export const createS3ObjectStore = (
  client: S3Client,
  {
    inboxBucket,
    inboxPrefix,
    outputsBucket,
    copyBytes = maxCopyBytes,
  }: { inboxBucket: string; inboxPrefix: string; outputsBucket: string; copyBytes?: number },
): ObjectStore => ({
  async open(file, signal) {
    const call = `GetObject of ${file.id}`;
    try {
      const object = await client.send(
        new GetObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) }),
        { ...(signal && { abortSignal: signal }) },
      );
      return {
        head: headFrom(object),
        body: translatedBody(object.Body as Readable, call),
      };
    } catch (error) {
      const status = statusOf(error);
      if (status === 412)
        throw new SupersededError(`another object stands under the key of ${file.id}`, { cause: error });
      if (status === 404) throw new GoneError(`no object stands under the key of ${file.id}`, { cause: error });
      throw translateError(error, call);
    }
  },

  list: (cursor) =>
    callAws(`ListObjectsV2 of ${inboxBucket}`, () => listInbox(client, { inboxBucket, inboxPrefix }, cursor)),

  refire: (file, viaKey) =>
    callAws(`refire of ${file.id}`, async () => {
      if (file.size > copyBytes) return 'changed';
      const pinned = { Bucket: file.bucket, CopySourceIfMatch: quoted(file.eTag) };
      try {
        const there = await client.send(
          new CopyObjectCommand({ ...pinned, Key: viaKey, CopySource: copySource(file) }),
        );
        // A copy of a multipart object has another eTag: back in the inbox it would be another file.
        if (there.CopyObjectResult?.ETag !== quoted(file.eTag)) return 'changed';
        await client.send(
          new CopyObjectCommand({
            ...pinned,
            Key: file.key,
            CopySource: copySource({ ...file, key: viaKey }),
            IfMatch: quoted(file.eTag),
          }),
        );
        return 'refired';
      } catch (error) {
        if (isElsewhere(error)) return 'absent';
        // An S3 that does not know the condition on a copy's destination: never copy back without it.
        if (statusOf(error) === 501) return 'changed';
        throw error;
      }
    }),

  stands: (file) =>
    callAws(`HeadObject of ${file.id}`, async () => {
      try {
        await client.send(new HeadObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) }));
        return true;
      } catch (error) {
        if (isElsewhere(error)) return false;
        throw error;
      }
    }),

  copy: (file, toKey) =>
    callAws(`copy of ${file.id} to ${toKey}`, async () => {
      try {
        if (file.size > copyBytes) await copyByParts(client, file, toKey);
        else {
          await client.send(
            new CopyObjectCommand({
              Bucket: file.bucket,
              Key: toKey,
              CopySource: copySource(file),
              CopySourceIfMatch: quoted(file.eTag),
            }),
          );
        }
        return 'copied';
      } catch (error) {
        if (isElsewhere(error)) return 'absent';
        throw error;
      }
    }),

  remove: (file) =>
    callAws(`DeleteObject of ${file.id}`, async () => {
      for (let conflicts = 0; ; conflicts += 1) {
        try {
          await client.send(
            new DeleteObjectCommand({ Bucket: file.bucket, Key: file.key, IfMatch: quoted(file.eTag) }),
          );
          return;
        } catch (error) {
          if (isElsewhere(error)) return;
          if (statusOf(error) !== 409 || conflicts === maxConflicts) throw error;
        }
      }
    }),

  async putDocument(bucket, key, document) {
    await callAws(`PutObject of s3://${bucket}/${key}`, () =>
      client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: JSON.stringify(document, null, 2),
          ContentType: 'application/json',
        }),
      ),
    );
  },

  async putOutput(key, body, contentType, signal) {
    await callAws(`PutObject of s3://${outputsBucket}/${key}`, () =>
      client.send(new PutObjectCommand({ Bucket: outputsBucket, Key: key, Body: body, ContentType: contentType }), {
        ...(signal && { abortSignal: signal }),
      }),
    );
  },
});

/** 412: another object stands there; 404: none does. Either way it is not the one we speak of. */
const isElsewhere = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 404;

/**
 * The body, with an end that breaks off translated into our own error. It may be broken off while nobody reads it (the
 * run was aborted), so it listens to its own errors: a stream's error that nobody hears ends the process. Whoever reads
 * is told by the reading.
 */
const translatedBody = (body: Readable, call: string): Readable => {
  const translated = new PassThrough();
  translated.on('error', () => undefined);
  translated.on('close', () => body.destroy());
  finished(body, (error) => {
    if (error !== undefined && error !== null) translated.destroy(brokenOff(error, call));
  });
  return body.pipe(translated);
};

/** A connection that breaks half way through a body is our trouble, not the file's. */
const brokenOff = (error: Error, call: string): Error => {
  const known = translateError(error, call);
  if (known instanceof ServiceUnavailableError) return known;
  return new ServiceUnavailableError(`${call} broke off: ${String(error)}`, { cause: error });
};

const headFrom = (object: GetObjectCommandOutput): FileHead => {
  const checksum = checksumFrom(object);
  return {
    ...(object.ContentType !== undefined && { contentType: object.ContentType }),
    ...(object.ContentEncoding !== undefined && { contentEncoding: object.ContentEncoding }),
    ...(object.CacheControl !== undefined && { cacheControl: object.CacheControl }),
    ...(object.ContentDisposition !== undefined && { contentDisposition: object.ContentDisposition }),
    ...(object.ContentLanguage !== undefined && { contentLanguage: object.ContentLanguage }),
    ...(object.LastModified !== undefined && { lastModified: object.LastModified }),
    ...(checksum !== undefined && { checksum }),
    userMetadata: object.Metadata ?? {},
  };
};

const checksumFrom = (object: GetObjectCommandOutput): FileHead['checksum'] => {
  const kept = {
    CRC64NVME: object.ChecksumCRC64NVME,
    CRC32C: object.ChecksumCRC32C,
    CRC32: object.ChecksumCRC32,
    SHA256: object.ChecksumSHA256,
    SHA1: object.ChecksumSHA1,
  };
  for (const [algorithm, value] of Object.entries(kept)) if (value !== undefined) return { algorithm, value };
  return undefined;
};
