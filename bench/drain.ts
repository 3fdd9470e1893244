/**
 * `npm run bench:drain [-- <messages> [rounds]]`: how fast a queue is drained by Everyfile's relay and by sqs-consumer,
 * side by side: the same local cloud, the same handler (claim, read, commit, finish), the same concurrency, in turns.
 * Ends with an error when the relay is slower.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient, type Message } from '@aws-sdk/client-sqs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consumer } from 'sqs-consumer';
import { createDynamoDbLaneStore } from '../lib/adapters/dynamodb-lane-store.ts';
import { createDynamoDbLedger } from '../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../lib/adapters/s3-object-store.ts';
import { createSqsWorkQueue } from '../lib/adapters/sqs-work-queue.ts';
import { systemClock, systemEntropy } from '../lib/adapters/system.ts';
import { createFileVersion, type FileVersion } from '../lib/domain/file-version.ts';
import { parseQueueMessage } from '../lib/events/queue-message.ts';
import { drainQueue, type DrainDependencies } from '../lib/usecases/drain.ts';
import { inParallel } from '../lib/usecases/in-parallel.ts';
import { processFiles } from '../lib/usecases/process-files.ts';
import { startCloudProcess } from '../tests/support/cloud-process.ts';

const count = Number(process.argv[2] ?? 1_000);
const rounds = Number(process.argv[3] ?? 3);
const concurrency = 10;
const hour = 60 * 60 * 1000;
const silent = (): void => undefined;

const directory = await mkdtemp(join(tmpdir(), 'everyfile-bench-'));
const cloud = await startCloudProcess(directory);
const config = {
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'local' },
};
const queueUrl = `${cloud.endpoint}/000000000000/everyfile-local-work`;
const bucket = 'everyfile-local-inbox';
const s3 = new S3Client({ ...config, forcePathStyle: true });
const dynamodb = new DynamoDBClient(config);
const sqs = new SQSClient(config);
const table = { tableName: 'everyfile-local-ledger' };

const dependencies: DrainDependencies = {
  ledger: createDynamoDbLedger(dynamodb, { ...table, retentionDays: 400 }),
  laneStore: createDynamoDbLaneStore(dynamodb, table),
  objectStore: createS3ObjectStore(s3, {
    inboxBucket: bucket,
    inboxPrefix: 'incoming/',
    outputsBucket: 'everyfile-local-outputs',
  }),
  workQueue: createSqsWorkQueue(sqs, { queueUrl, clock: systemClock }),
  notifier: { send: () => Promise.resolve() },
  invoker: { handOn: () => Promise.resolve() },
  clock: systemClock,
  entropy: systemEntropy,
  log: { info: silent, warn: console.warn, error: console.error },
  metrics: { record: silent },
  rules: [{ prefix: 'incoming/', actions: [] }],
  readMessage: parseQueueMessage,
  settings: {
    inboxBucket: bucket,
    inboxPrefix: 'incoming/',
    archive: 'versions',
    leaseMs: 45_000,
    skewMs: 5_000,
    maxAttempts: 5,
    retryBaseMs: 5_000,
    maxRunMs: 60_000,
    concurrency,
  },
  drain: { maxHops: 1, maxMessages: 1_000_000, waitSeconds: 1 },
};

const fill = async (round: string): Promise<void> => {
  const files: FileVersion[] = [];
  await inParallel(
    Array.from({ length: count }, (_, n) => n),
    16,
    async (n) => {
      const [key, Body] = [`incoming/${round}/${n}`, `${round} ${n}`];
      const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
      files.push(createFileVersion({ bucket, key, eTag: ETag ?? '', size: Body.length }));
    },
  );
  await dependencies.workQueue.sendAll(files);
};

/** Both are timed to their last answer, not to the empty poll that follows it. */
const timed = async (drain: (done: (answered: number) => void) => Promise<void>): Promise<number> => {
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  let answered = 0;
  await drain((more) => {
    answered += more;
    lastAnswerAt = performance.now();
  });
  if (answered !== count) throw new Error(`${answered} of ${count} messages were answered`);
  return count / ((lastAnswerAt - startedAt) / 1000);
};

const byRelay = () =>
  timed(async (done) => {
    const { workQueue } = dependencies;
    const deleteAll: typeof workQueue.deleteAll = async (messages) => {
      await workQueue.deleteAll(messages);
      done(messages.length);
    };
    const counting = { ...dependencies, workQueue: { ...workQueue, deleteAll } };
    await drainQueue(counting, { baton: undefined, deadlineAt: Date.now() + hour });
  });

const byConsumer = () =>
  timed(async (done) => {
    const empty = Promise.withResolvers<undefined>();
    const consumer = Consumer.create({
      queueUrl,
      sqs,
      batchSize: 10,
      waitTimeSeconds: 1,
      handleMessageBatch: async (messages: Message[]) => {
        await inParallel(messages, concurrency, ({ Body = '' }) =>
          processFiles(dependencies, { ...parseQueueMessage(Body), via: 'queue', deadlineAt: Date.now() + hour }),
        );
        return messages;
      },
    });
    consumer.on('response_processed', () => done(0));
    consumer.on('error', (error) => empty.reject(error));
    consumer.on('processing_error', (error) => empty.reject(error));
    consumer.on('message_processed', () => done(1));
    consumer.on('empty', () => empty.resolve(undefined));
    consumer.start();
    await empty.promise;
    consumer.stop();
  });

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const drains = { 'everyfile relay': byRelay, 'sqs-consumer': byConsumer };
const speeds: Record<string, number[]> = { 'everyfile relay': [], 'sqs-consumer': [] };
try {
  for (let round = 0; round < rounds; round += 1) {
    // In turns, and each first in turn, so that neither gains by the other's warm-up.
    const names = round % 2 === 0 ? Object.keys(drains) : Object.keys(drains).reverse();
    for (const name of names) {
      await fill(`${name}-${round}`);
      const speed = await drains[name as keyof typeof drains]();
      speeds[name]?.push(speed);
      console.log(`round ${round + 1}  ${name.padEnd(16)} ${speed.toFixed(0).padStart(6)} messages/s`);
    }
  }
} finally {
  for (const client of [s3, dynamodb, sqs]) client.destroy();
  await cloud.kill();
  await rm(directory, { recursive: true, force: true });
}
const [relay, consumer] = [median(speeds['everyfile relay'] ?? []), median(speeds['sqs-consumer'] ?? [])];
const ratio = relay / consumer;
console.log(
  `median   relay ${relay.toFixed(0)}, sqs-consumer ${consumer.toFixed(0)} messages/s: ratio ${ratio.toFixed(2)}`,
);
if (!(ratio >= 1)) process.exitCode = 1;
