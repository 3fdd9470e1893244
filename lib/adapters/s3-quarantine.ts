import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createFileVersion, type FileVersion } from '../domain/file-version.ts';
import { quarantineKey, quarantinePrefix } from '../domain/quarantine.ts';
import type { Quarantine, QuarantinedFile } from '../ports/quarantine.ts';
import { callAws, statusOf } from './aws-errors.ts';
import { copyByParts, copySource, maxCopyBytes } from './s3-copy.ts';

/** Every reason stands at `quarantine/<hash>/reason.json`, one level below the prefix. */
const isReason = (key: string): boolean => /^[0-9a-f]{64}\/reason\.json$/.test(key.slice(quarantinePrefix.length));

/** The quarantine of an inbox on S3. */
export const createS3Quarantine = (
  client: S3Client,
  { inboxBucket, copyBytes = maxCopyBytes }: { inboxBucket: string; copyBytes?: number },
): Quarantine => {
  const read = async (Key: string): Promise<QuarantinedFile> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: inboxBucket, Key }));
    const reason = JSON.parse((await Body?.transformToString()) ?? '{}') as Reason;
    return { ...reason, file: createFileVersion(reason) };
  };
  return {
    list: () =>
      callAws(`list of ${quarantinePrefix} in ${inboxBucket}`, async () => {
        const found: QuarantinedFile[] = [];
        const pages = paginateListObjectsV2(
          { client },
          { Bucket: inboxBucket, Prefix: quarantinePrefix, EncodingType: 'url' },
        );
        // A reason's own key holds nothing that needs decoding.
        for await (const { Contents = [] } of pages) {
          for (const { Key = '' } of Contents) if (isReason(Key)) found.push(await read(Key));
        }
        return found;
      }),

    restore: (file) =>
      callAws(`copy of ${file.id} back from quarantine`, async () => {
        try {
          const kept = { bucket: file.bucket, key: quarantineKey(file) };
          if (file.size > copyBytes) {
            const { ETag = '' } = await client.send(new HeadObjectCommand({ Bucket: kept.bucket, Key: kept.key }));
            const source = { ...kept, size: file.size, eTag: ETag.replaceAll('"', '') };
            await copyByParts(client, source, file.key, { ifNoneMatch: '*' });
          } else {
            await client.send(
              new CopyObjectCommand({
                Bucket: file.bucket,
                Key: file.key,
                CopySource: copySource(kept),
                IfNoneMatch: '*',
              }),
            );
          }
          return 'restored';
        } catch (error) {
          if (statusOf(error) === 412) return 'occupied';
          // With a copy by parts a 404 may also be of its upload, which says nothing of the file.
          if (isNoObject(error)) return 'absent';
          throw error;
        }
      }),
  };
};

/** `HeadObject` has no body to say more in than `NotFound`. */
const isNoObject = (error: unknown): boolean => Error.isError(error) && ['NoSuchKey', 'NotFound'].includes(error.name);

/** What `quarantineReason` writes. */
type Reason = Omit<FileVersion, 'id'> & Omit<QuarantinedFile, 'file'>;
