import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Random } from '../../offline/notifications/random.ts';
import type { CloudProcess } from '../support/cloud-process.ts';
import { localNames } from '../support/local-cloud.ts';
import { clientConfig, type Load } from './load.ts';

const Bucket = localNames.outputsBucket;
const senderCount = 6;
const keysOfSender = 8;

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What stands under a key, by digest, `undefined` for nothing: last acknowledged, and what may have come after it. */
type Known = { acknowledged: string | undefined; unsure: (string | undefined)[] };

const putByParts = async (s3: S3Client, Key: string, Body: Uint8Array) => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
};

const createClient = (cloud: CloudProcess) => new S3Client({ ...clientConfig(cloud), forcePathStyle: true });

/** Objects that are put, put by parts, overwritten and deleted, small ones and some of up to 1.5 MB. */
export const createS3Load = (directory: string, random: Random): Load => {
  const known = new Map<string, Known>();
  let acknowledged = 0;

  const writeOne = async (s3: S3Client, sender: number) => {
    const Key = `${sender}/${Math.floor(random() * keysOfSender)}`;
    const chance = random();
    const isDelete = chance < 0.15;
    const Body = randomBytes(1 + Math.floor(random() * (random() < 0.2 ? 1_500_000 : 20_000)));
    const state = known.get(Key) ?? { acknowledged: undefined, unsure: [] };
    known.set(Key, state);
    const written = isDelete ? undefined : digest(Body);
    state.unsure.push(written);
    if (isDelete) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    else if (chance < 0.35) await putByParts(s3, Key, Body);
    else await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    state.acknowledged = written;
    state.unsure = [];
    acknowledged += 1;
  };

  /** Uploads that the kill has interrupted stay open, as on AWS, and their parts are kept for them. */
  const abortUploads = async (s3: S3Client) => {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  };

  return {
    service: 'S3',
    senders(cloud) {
      const s3 = createClient(cloud);
      return Array.from({ length: senderCount }, (_, sender) => () => writeOne(s3, sender));
    },
    async check(cloud) {
      const s3 = createClient(cloud);
      const found = new Map<string, string>();
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      for (const { Key = '', Size } of Contents) {
        const bytes = await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
        expect({ Key, Size }).toEqual({ Key, Size: bytes.length });
        found.set(Key, digest(bytes));
      }
      for (const [key, state] of known) {
        const allowed = [state.acknowledged, ...state.unsure];
        expect({ key, isAllowed: allowed.includes(found.get(key)) }).toEqual({ key, isAllowed: true });
        Object.assign(state, { acknowledged: found.get(key), unsure: [] });
      }
      expect([...found.keys()].filter((key) => !known.has(key))).toEqual([]);
      await abortUploads(s3);
      expect(await readdir(join(directory, 's3', 'tmp'))).toEqual([]);
      const bodies = await readdir(join(directory, 's3', 'bodies'), { recursive: true, withFileTypes: true });
      expect(bodies.filter((entry) => entry.isFile())).toHaveLength(found.size);
      s3.destroy();
    },
    acknowledged: () => acknowledged,
  };
};
