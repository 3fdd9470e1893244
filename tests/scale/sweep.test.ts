import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readRequests } from '../../demo/control.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import { startCloudProcess, type CloudProcess } from '../support/cloud-process.ts';
import { localNames } from '../support/local-cloud.ts';
import { scaled } from './scale.ts';
import type { SweepOrder, SweepSummary } from './sweep-process.ts';

const hour = 60 * 60 * 1000;
const body = 'x';
const eTag = createHash('md5').update(body).digest('hex');

let directory: string;
let cloud: CloudProcess;
let s3: S3Client;
let dynamodb: DynamoDBClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everyfile-scale-'));
  cloud = await startCloudProcess(directory);
  const common = {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sender', secretAccessKey: 'local' },
  };
  s3 = new S3Client({ ...common, forcePathStyle: true });
  dynamodb = new DynamoDBClient(common);
}, hour);
afterEach(async () => {
  s3.destroy();
  dynamodb.destroy();
  await cloud.kill();
  await rm(directory, { recursive: true, force: true });
}, hour);

const fileOf = (n: number): FileVersion =>
  createFileVersion({ bucket: localNames.inboxBucket, key: `incoming/${String(n).padStart(8, '0')}`, eTag, size: 1 });

const putAll = (files: readonly FileVersion[]): Promise<void> =>
  inParallel(files, 32, ({ bucket, key }) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })));

const recordAll = async (files: readonly FileVersion[], fields: Record<string, unknown>): Promise<void> => {
  const batches = Array.from({ length: Math.ceil(files.length / 25) }, (_, n) => files.slice(n * 25, n * 25 + 25));
  await inParallel(batches, 8, async (batch) => {
    const puts = batch.map((file) => ({
      PutRequest: { Item: marshall({ ...file, fence: 1, attempts: 1, ...fields }) },
    }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [localNames.ledgerTable]: puts } }));
  });
};

/** The heap that Lambda's runtime gives to Node in a function of 512 MB: a tenth of it for the young generation. */
const heapOfFunction = ['--max-semi-space-size=25', '--max-old-space-size=461'];

/** Runs one pass in a process of its own, and counts its requests by operation. */
const sweep = async (order: Omit<SweepOrder, 'endpoint'>) => {
  const { next } = await readRequests(cloud.endpoint);
  const script = join(import.meta.dirname, 'sweep-process.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...heapOfFunction, '--expose-gc', script, JSON.stringify({ ...order, endpoint: cloud.endpoint })],
    { env: {}, maxBuffer: 1e8 },
  );
  const { entries, dropped } = await readRequests(cloud.endpoint, next);
  expect(dropped).toBe(0);
  const calls: Record<string, number> = {};
  for (const { operation } of entries) calls[operation] = (calls[operation] ?? 0) + 1;
  return { ...(JSON.parse(stdout) as SweepSummary), calls };
};

describe('one sweep', () => {
  it(
    'over 100,000 objects, 1 % of them missing from the ledger, costs a LIST a thousand and a read a hundred',
    async () => {
      const count = scaled(100_000);
      const files = Array.from({ length: count }, (_, n) => fileOf(n));
      await putAll(files);
      const inTenDays = Date.now() + 240 * hour;
      await recordAll(
        files.filter((_file, n) => n % 100 !== 0),
        { status: 'RETRY', nextAttemptAt: inTenDays },
      );

      const { outcomes, report, calls, ...memory } = await sweep({ hopMs: count / 100, archive: 'versions' });

      const missing = count / 100;
      expect(report).toMatchObject({ listed: count, foundBySweep: missing, finishedBySweep: 0 });
      expect(calls['ListObjectsV2']).toBeLessThanOrEqual(count / 1_000 + 1);
      expect(calls['BatchGetItem']).toBeLessThanOrEqual(count / 100 + 1);
      expect(calls['SendMessageBatch']).toBeLessThanOrEqual(missing / 10 + count / 1_000);
      expect(memory.peakBytes).toBeLessThan(256 * 1024 * 1024);
      // Flat: what lives after the last page is what lived after the first ones.
      expect(memory.lastLiveBytes).toBeLessThan(1.25 * memory.firstLiveBytes);
      // Its time was short: it went on hop by hop, and every page was listed once.
      expect(outcomes.at(-1)).toBe('finished');
      expect(outcomes.length).toBeGreaterThan(1);
      expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['handed-on']));
    },
    hour,
  );

  it(
    'over an empty inbox is one LIST, however many files the ledger holds',
    async () => {
      const count = scaled(1_000_000);
      for (let first = 0; first < count; first += 10_000) {
        const files = Array.from({ length: Math.min(10_000, count - first) }, (_, n) => fileOf(first + n));
        await recordAll(files, { status: 'DONE', owner: 'x', leaseUntil: 0 });
      }
      const { report, calls } = await sweep({ hopMs: hour, archive: 'bak' });
      expect(report).toMatchObject({ listed: 0, foundBySweep: 0, finishedBySweep: 0 });
      // The lane: claim, cursor, release. The index of unsent outboxes: one Scan, over nothing.
      expect(calls).toEqual({ ListObjectsV2: 1, Scan: 1, UpdateItem: 3 });
    },
    hour,
  );
});
