import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ExportRefusedError, ServiceUnavailableError } from '../domain/errors.ts';
import type { ExportStore } from '../ports/export-store.ts';
import { callAws, statusOf, translateError } from './aws-errors.ts';

/** What CloudWatch Logs writes under the prefix when it takes a task. */
const testObjectName = 'aws-logs-write-test';

/** Manifests and exported objects in the logs bucket. */
export const createS3ExportStore = (client: S3Client, { bucket }: Readonly<{ bucket: string }>): ExportStore => ({
  async hasManifest(key) {
    try {
      await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return true;
    } catch (error) {
      // HEAD tells no bucket from no object; CreateExportTask does.
      if (statusOf(error) === 404) return false;
      throw translateError(error, `HeadObject of ${bucket}/${key}`);
    }
  },

  async writeManifest(key, manifest) {
    const call = `PutObject of ${bucket}/${key}`;
    try {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: `${JSON.stringify(manifest, null, 2)}\n`,
          ContentType: 'application/json',
          IfNoneMatch: '*',
        }),
      );
      return 'written';
    } catch (error) {
      if (statusOf(error) === 412) return 'stood';
      if (statusOf(error) === 409) throw new ServiceUnavailableError(`${call} met another one`, { cause: error });
      throw bucketError(error, call, bucket);
    }
  },

  async arrived(prefix, taskId) {
    let [objects, bytes, testObject] = [0, 0, false];
    let next: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/`, ContinuationToken: next });
      const call = `ListObjectsV2 of ${bucket}/${prefix}/`;
      const page = await callAws(call, () => client.send(command)).catch((error: unknown) => {
        throw bucketError(error, call, bucket);
      });
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        if (Key === `${prefix}/${testObjectName}`) testObject = true;
        if (!Key.startsWith(`${prefix}/${taskId}/`)) continue;
        objects += 1;
        bytes += Size;
      }
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
    return { objects, bytes, testObject };
  },
});

const bucketError = (error: unknown, call: string, bucket: string): unknown =>
  Error.isError(error) && error.name === 'NoSuchBucket'
    ? new ExportRefusedError(`${call}: the bucket ${bucket} does not exist. Deploy the stack again: it makes it`, {
        cause: error,
      })
    : translateError(error, call);
