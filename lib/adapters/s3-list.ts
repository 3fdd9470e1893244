import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createFileVersion } from '../domain/file-version.ts';
import type { InboxPage } from '../ports/object-store.ts';

/** One page of the inbox, with the time that S3's own clock shows. */
export const listInbox = async (
  client: S3Client,
  { inboxBucket, inboxPrefix }: { inboxBucket: string; inboxPrefix: string },
  cursor: string | undefined,
): Promise<InboxPage> => {
  const command = new ListObjectsV2Command({
    Bucket: inboxBucket,
    Prefix: inboxPrefix,
    ContinuationToken: cursor,
    // XML cannot hold every character that a key can.
    EncodingType: 'url',
  });
  let listedAt = Number.NaN;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      listedAt = Date.parse(dateHeader(result.response));
      return result;
    },
    { step: 'deserialize', name: 'readDate' },
  );
  const { Contents = [], IsTruncated = false, NextContinuationToken } = await client.send(command);
  if (Number.isNaN(listedAt)) throw new Error(`ListObjectsV2 of ${inboxBucket} came without a Date header`);
  return {
    listedAt,
    objects: Contents.map(({ Key = '', ETag = '', Size = 0, LastModified }) => ({
      file: createFileVersion({ bucket: inboxBucket, key: decodeKey(Key), eTag: ETag, size: Size }),
      lastModified: LastModified?.getTime() ?? listedAt,
    })),
    ...(IsTruncated && NextContinuationToken !== undefined && { next: NextContinuationToken }),
  };
};

/** In a listing as in an event, a space is `+`. */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '));

const dateHeader = (response: unknown): string => {
  const headers = (response as { headers?: Record<string, string | undefined> } | undefined)?.headers ?? {};
  return headers['date'] ?? '';
};
