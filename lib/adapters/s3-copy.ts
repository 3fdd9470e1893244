import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { FileVersion } from '../domain/file-version.ts';

/** `CopyObject` takes no more: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const maxCopyBytes = 5 * 1024 ** 3;

/** An object as it must stand where a copy is made of it. */
export type Source = Pick<FileVersion, 'bucket' | 'key' | 'eTag' | 'size'>;

/** `If-Match` and its kin want the eTag as S3 writes it: in quotes. */
export const quoted = (eTag: string): string => `"${eTag}"`;

/** `CopySource` is URL-encoded once more than the key is. */
export const copySource = ({ bucket, key }: Pick<Source, 'bucket' | 'key'>): string =>
  `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

const minPartBytes = 1024 ** 3;
const maxParts = 10_000;
const partsAtOnce = 4;

/**
 * Copies an object above 5 GB: `UploadPartCopy`, every part pinned to the source's eTag, with the head and the tags
 * carried over as `CopyObject` does by itself. With `ifNoneMatch`, never over another object.
 */
export const copyByParts = async (
  client: S3Client,
  file: Source,
  toKey: string,
  { ifNoneMatch }: { ifNoneMatch?: '*' } = {},
): Promise<void> => {
  const source = { Bucket: file.bucket, Key: file.key };
  const target = { Bucket: file.bucket, Key: toKey };
  const head = await client.send(new HeadObjectCommand({ ...source, IfMatch: quoted(file.eTag) }));
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...target,
      ContentType: head.ContentType,
      ContentEncoding: head.ContentEncoding,
      ContentDisposition: head.ContentDisposition,
      ContentLanguage: head.ContentLanguage,
      CacheControl: head.CacheControl,
      Metadata: head.Metadata,
      Tagging: (head.TagCount ?? 0) > 0 ? await tagsOf(client, source) : undefined,
    }),
  );
  try {
    const Parts = await copyParts(client, file, toKey, UploadId);
    await client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts },
        ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
      }),
    );
  } catch (error) {
    // What cannot be aborted now is cleaned up by the bucket's lifecycle rule; the copy's own error is what matters.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
};

/** The tags in the form that a request header takes. */
const tagsOf = async (client: S3Client, source: { Bucket: string; Key: string }): Promise<string> => {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand(source));
  return new URLSearchParams(TagSet.map(({ Key = '', Value = '' }): [string, string] => [Key, Value])).toString();
};

const copyParts = async (
  client: S3Client,
  file: Source,
  toKey: string,
  UploadId: string | undefined,
): Promise<CompletedPart[]> => {
  const partBytes = Math.max(minPartBytes, Math.ceil(file.size / maxParts));
  const count = Math.ceil(file.size / partBytes);
  const parts: CompletedPart[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const first = index * partBytes;
      const last = Math.min(first + partBytes, file.size) - 1;
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket: file.bucket,
          Key: toKey,
          UploadId,
          PartNumber: index + 1,
          CopySource: copySource(file),
          CopySourceIfMatch: quoted(file.eTag),
          CopySourceRange: `bytes=${String(first)}-${String(last)}`,
        }),
      );
      // With the part's checksum, if S3 keeps one: it then asks for every part's at the end.
      parts[index] = { ...CopyPartResult, PartNumber: index + 1 };
    }
  };
  await Promise.all(Array.from({ length: Math.min(partsAtOnce, count) }, work));
  return parts;
};
