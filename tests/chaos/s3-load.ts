import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Random } from '../../offline/notifications/random.ts';
import type { CloudProcess } from '../support/cloud-process.ts';
import { localNames } from '../support/local-cloud.ts';
import { waitFor } from '../end-to-end/support.ts';
import { clientConfig, type Load } from './load.ts';
import { createS3Objects } from './s3-objects.ts';
import { createS3Versions } from './s3-versions.ts';

const createClient = (cloud: CloudProcess) => new S3Client({ ...clientConfig(cloud), forcePathStyle: true });

/** Uploads that the kill has interrupted stay open, as on AWS, and their parts are kept for them. */
const abortUploads = async (s3: S3Client, Bucket: string): Promise<void> => {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
};

/** A bucket with versions and one without, and that the disk holds the bodies of both and nothing else. */
export const createS3Load = (directory: string, random: Random): Load => {
  const parts = [createS3Objects(random), createS3Versions(random)];
  return {
    service: 'S3',
    senders(cloud) {
      const s3 = createClient(cloud);
      return parts.flatMap((part) => part.senders(s3));
    },
    async check(cloud) {
      const s3 = createClient(cloud);
      const kept = new Set<string>();
      for (const part of parts) for (const digest of await part.check(s3)) kept.add(digest);
      await abortUploads(s3, localNames.outputsBucket);
      expect(await readdir(join(directory, 's3', 'tmp'))).toEqual([]);
      // A copy has the body of what it copied, and no two others are alike. Those of an upload go after its abort is answered.
      await waitFor(`the disk to hold ${kept.size} bodies`, async () => {
        const bodies = await readdir(join(directory, 's3', 'bodies'), { recursive: true, withFileTypes: true });
        const count = bodies.filter((entry) => entry.isFile()).length;
        return count === kept.size ? true : undefined;
      });
      s3.destroy();
    },
    acknowledged: () => parts.reduce((sum, part) => sum + part.acknowledged(), 0),
  };
};
