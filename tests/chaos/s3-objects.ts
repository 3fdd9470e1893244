import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Random } from '../../offline/notifications/random.ts';
import { localNames } from '../support/local-cloud.ts';
import { digestOf, type S3Part } from './s3-part.ts';

const Bucket = localNames.outputsBucket;
const senderCount = 3;
const keysOfSender = 8;

/** What stands under a key, by digest, `undefined` for nothing: last acknowledged, and what may have come after it. */
type Known = { acknowledged: string | undefined; unsure: (string | undefined)[] };

const putByParts = async (s3: S3Client, Key: string, Body: Uint8Array) => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
};

/** Objects that are put, put by parts, copied, overwritten and deleted, small ones and some of up to 1.5 MB. */
export const createS3Objects = (random: Random): S3Part => {
  const known = new Map<string, Known>();
  let acknowledged = 0;

  /** Each sender has keys of its own, so that it knows what it copies. */
  const keyOf = (sender: number): string => `${sender}/${Math.floor(random() * keysOfSender)}`;

  const perform = async (Key: string, written: string | undefined, write: () => Promise<unknown>): Promise<void> => {
    const state = known.get(Key) ?? { acknowledged: undefined, unsure: [] };
    known.set(Key, state);
    state.unsure.push(written);
    await write();
    state.acknowledged = written;
    state.unsure = [];
    acknowledged += 1;
  };

  const writeOne = async (s3: S3Client, sender: number): Promise<void> => {
    const Key = keyOf(sender);
    const chance = random();
    if (chance < 0.15) return perform(Key, undefined, () => s3.send(new DeleteObjectCommand({ Bucket, Key })));
    const source = keyOf(sender);
    const copied = known.get(source)?.acknowledged;
    if (chance < 0.35 && copied !== undefined && source !== Key) {
      const command = new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}` });
      return perform(Key, copied, () => s3.send(command));
    }
    const Body = randomBytes(1 + Math.floor(random() * (random() < 0.2 ? 1_500_000 : 20_000)));
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    return perform(Key, digestOf(Body), chance < 0.5 ? () => putByParts(s3, Key, Body) : put);
  };

  return {
    senders: (s3) => Array.from({ length: senderCount }, (_, sender) => () => writeOne(s3, sender)),
    async check(s3) {
      const found = new Map<string, string>();
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      for (const { Key = '', Size } of Contents) {
        const bytes = await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
        expect({ Key, Size }).toEqual({ Key, Size: bytes.length });
        found.set(Key, digestOf(bytes));
      }
      for (const [key, state] of known) {
        const allowed = [state.acknowledged, ...state.unsure];
        expect({ key, isAllowed: allowed.includes(found.get(key)) }).toEqual({ key, isAllowed: true });
        Object.assign(state, { acknowledged: found.get(key), unsure: [] });
      }
      expect([...found.keys()].filter((key) => !known.has(key))).toEqual([]);
      return [...found.values()];
    },
    acknowledged: () => acknowledged,
  };
};
