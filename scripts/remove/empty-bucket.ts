import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3ServiceException,
  type ListMultipartUploadsCommandOutput,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What stands in a bucket: every version of every object, delete markers, and uploads that were begun. */
export type BucketContents = { versions: number; deleteMarkers: number; uploads: number };

/** Told after each batch what has been deleted so far. */
export type OnProgress = (bucket: string, soFar: BucketContents) => void;

/** S3 would not delete something; the message says what, and why. */
class NotDeletedError extends Error {
  override readonly name = 'NotDeletedError';
}

/** Counts without changing anything; undefined when there is no such bucket. */
export const countBucket = (client: S3Client, bucket: string): Promise<BucketContents | undefined> =>
  unlessAbsent(async () => {
    const counted: BucketContents = { versions: 0, deleteMarkers: 0, uploads: 0 };
    let from: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> = {};
    do {
      const page = await client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          KeyMarker: from.NextKeyMarker,
          VersionIdMarker: from.NextVersionIdMarker,
          EncodingType: 'url',
        }),
      );
      add(counted, page);
      from = page;
    } while (from.NextKeyMarker !== undefined);
    for await (const uploads of uploadsOf(client, bucket)) counted.uploads += uploads.length;
    return counted;
  });

/**
 * Deletes every version and every delete marker, a thousand a call, and aborts every upload, until a listing from the
 * beginning is empty: what comes in meanwhile goes too. Safe to break off and to repeat.
 *
 * @returns what was deleted; undefined when there is no such bucket
 * @throws {NotDeletedError} when S3 refuses one (a retention, a policy)
 */
export const emptyBucket = (
  client: S3Client,
  bucket: string,
  onProgress: OnProgress = () => undefined,
): Promise<BucketContents | undefined> =>
  unlessAbsent(async () => {
    const deleted: BucketContents = { versions: 0, deleteMarkers: 0, uploads: 0 };
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, EncodingType: 'url' }));
      const objects = identifiersIn(page);
      if (objects.length === 0) break;
      await deleteAll(client, bucket, objects);
      add(deleted, page);
      onProgress(bucket, deleted);
    }
    for await (const uploads of uploadsOf(client, bucket)) {
      for (const { Key, UploadId } of uploads) {
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      }
      deleted.uploads += uploads.length;
      if (uploads.length > 0) onProgress(bucket, deleted);
    }
    return deleted;
  });

const deleteAll = async (client: S3Client, bucket: string, objects: ObjectIdentifier[]): Promise<void> => {
  // A listing's page and a deletion's batch hold as many: a thousand.
  const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } });
  const { Errors = [] } = await client.send(command);
  const [first] = Errors;
  if (first === undefined) return;
  throw new NotDeletedError(
    `${String(Errors.length)} of ${String(objects.length)} versions in ${bucket} could not be deleted; the first is ` +
      `${first.Key ?? ''} (${first.Code ?? ''}: ${first.Message ?? ''})`,
  );
};

/** The keys come percent-encoded: XML cannot hold every character that a key can. */
const identifiersIn = ({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): ObjectIdentifier[] =>
  [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({ Key: decoded(Key), VersionId }));

/** S3 encodes a space as `+`, and a plus as `%2B`. */
const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

const add = (counted: BucketContents, { Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): void => {
  counted.versions += Versions.length;
  counted.deleteMarkers += DeleteMarkers.length;
};

async function* uploadsOf(client: S3Client, bucket: string) {
  let from: Pick<ListMultipartUploadsCommandOutput, 'NextKeyMarker' | 'NextUploadIdMarker'> = {};
  do {
    const page = await client.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        KeyMarker: from.NextKeyMarker,
        UploadIdMarker: from.NextUploadIdMarker,
        EncodingType: 'url',
      }),
    );
    yield (page.Uploads ?? []).map(({ Key = '', UploadId }) => ({ Key: decoded(Key), UploadId }));
    from = page.IsTruncated === true ? page : {};
  } while (from.NextKeyMarker !== undefined);
}

const unlessAbsent = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return undefined;
    throw error;
  }
};
