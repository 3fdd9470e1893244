import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { inParallel } from '../../../lib/usecases/in-parallel.ts';
import { isGone, readStage, removeStage, type StageAccess } from '../../../scripts/remove/remove-stage.ts';
import type { StageNames } from '../../../scripts/stage/stage-names.ts';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';

const names: StageNames = {
  ...localNames,
  stack: 'everyfile-local',
  buckets: [localNames.inboxBucket, localNames.outputsBucket, 'everyfile-local-logs'],
};
const empty = { versions: 0, deleteMarkers: 0, uploads: 0 };

let cloud: TestCloud;
let s3: S3Client;
let dynamodb: DynamoDBClient;
let steps: string[];
let access: StageAccess;

beforeEach(async () => {
  cloud = await startTestCloud();
  s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
  dynamodb = new DynamoDBClient(cloud.clientConfig());
  steps = [];
  access = {
    s3,
    dynamodb,
    names,
    stackExists: () => Promise.resolve(!steps.includes('sls remove')),
    removeStack: async () => {
      const { buckets } = await readStage(access);
      // CloudFormation would fail on a bucket that is not empty.
      for (const contents of Object.values(buckets)) expect(contents).toEqual(empty);
      steps.push('sls remove');
    },
  };
});

afterEach(async () => {
  s3.destroy();
  dynamodb.destroy();
  await cloud.close();
});

const put = (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));

/** Runs the script as npm would, where no option leads to AWS. */
const run = (...args: string[]) => {
  const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'remove.ts');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: {} });
};

/** More versions than a call takes, delete markers, names that XML cannot hold, and an upload half way. */
const fill = async (): Promise<void> => {
  const keys = Array.from({ length: 1_050 }, (_, n) => `incoming/${String(n)}`);
  await inParallel(keys, 24, (key) => put(names.inboxBucket, key));
  for (const key of ['incoming/0', 'incoming/a b+c%d é', 'incoming/\u0001']) await put(names.inboxBucket, key);
  for (const Key of ['incoming/0', 'incoming/1']) {
    await s3.send(new DeleteObjectCommand({ Bucket: names.inboxBucket, Key }));
  }
  const upload = { Bucket: names.inboxBucket, Key: 'incoming/half way +' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
  await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'half' }));
  await put(localNames.outputsBucket, 'digests/one');
};

test('versions, delete markers and uploads are counted, then deleted a thousand a call, then the stack and what it leaves', async () => {
  await fill();
  expect(await readStage(access)).toEqual({
    stackExists: true,
    // The bucket of the logs is not there.
    buckets: {
      [names.inboxBucket]: { versions: 1_053, deleteMarkers: 2, uploads: 1 },
      [localNames.outputsBucket]: { versions: 1, deleteMarkers: 0, uploads: 0 },
    },
    ledger: { items: 0, isProtected: false },
  });
  const progress: unknown[] = [];
  await removeStage(access, (bucket, soFar) => progress.push([bucket, { ...soFar }]));
  expect(steps).toEqual(['sls remove']);
  expect(progress).toEqual([
    [names.inboxBucket, { versions: expect.any(Number), deleteMarkers: expect.any(Number), uploads: 0 }],
    [names.inboxBucket, { versions: 1_053, deleteMarkers: 2, uploads: 0 }],
    [names.inboxBucket, { versions: 1_053, deleteMarkers: 2, uploads: 1 }],
    [localNames.outputsBucket, { versions: 1, deleteMarkers: 0, uploads: 0 }],
  ]);
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  await expect(dynamodb.send(new DescribeTableCommand({ TableName: names.ledgerTable }))).rejects.toThrow(/not found/i);
  expect(isGone(await readStage(access))).toBe(true);
});

test('a removal that failed half way is made up for by running it again', async () => {
  await put(names.inboxBucket, 'incoming/one');
  const broken: StageAccess = { ...access, removeStack: () => Promise.reject(new Error('the stack would not go')) };
  await expect(removeStage(broken, () => undefined)).rejects.toThrow('the stack would not go');
  expect(isGone(await readStage(access))).toBe(false);
  await removeStage(access, () => undefined);
  await removeStage(access, () => undefined);
  expect(steps).toEqual(['sls remove']);
  expect(isGone(await readStage(access))).toBe(true);
});

test.each([
  [[], '--stage is missing'],
  [['--stage', 'local'], 'npm start -- --fresh'],
  [['--stage', 'dev', '--force'], "Unknown option '--force'"],
])('the options %j are refused with exit code 2', (options, complaint) => {
  const { status, stdout, stderr } = run(...options);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(complaint);
});
