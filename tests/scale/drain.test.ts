import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readRequests } from '../../demo/control.ts';
import { createDynamoDbLaneStore } from '../../lib/adapters/dynamodb-lane-store.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { createSqsWorkQueue } from '../../lib/adapters/sqs-work-queue.ts';
import { systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import type { Baton } from '../../lib/domain/lane.ts';
import { parseQueueMessage } from '../../lib/events/queue-message.ts';
import { drainQueue, type DrainDependencies } from '../../lib/usecases/drain.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import { localNames, startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { recordingLog, recordingMetrics, recordingNotifier } from '../support/recorders.ts';
import { testSettings } from '../support/world.ts';
import { scaled } from './scale.ts';

const hour = 60 * 60 * 1000;
let cloud: TestCloud;
let sender: S3Client;

beforeEach(async () => {
  cloud = await startTestCloud();
  sender = new S3Client({ ...cloud.clientConfig('sender'), forcePathStyle: true });
}, hour);
afterEach(async () => {
  sender.destroy();
  await cloud.close();
});

/** The relay on the real adapters; batons are kept, to be handed on by the test. */
const relay = () => {
  const config = cloud.clientConfig('relay');
  const dynamodb = new DynamoDBClient(config);
  const table = { tableName: localNames.ledgerTable };
  const batons: Baton[] = [];
  const log = recordingLog();
  const dependencies: DrainDependencies = {
    ledger: createDynamoDbLedger(dynamodb, { ...table, retentionDays: 400 }),
    laneStore: createDynamoDbLaneStore(dynamodb, table),
    objectStore: createS3ObjectStore(new S3Client({ ...config, forcePathStyle: true }), {
      inboxBucket: localNames.inboxBucket,
      inboxPrefix: 'incoming/',
      outputsBucket: localNames.outputsBucket,
    }),
    workQueue: createSqsWorkQueue(new SQSClient(config), {
      queueUrl: cloud.queueUrl(localNames.workQueue),
      clock: systemClock,
    }),
    notifier: recordingNotifier(),
    invoker: { handOn: async (baton) => void batons.push(baton) },
    clock: systemClock,
    entropy: systemEntropy,
    log,
    metrics: recordingMetrics(),
    rules: [{ prefix: 'incoming/', actions: [] }],
    readMessage: parseQueueMessage,
    settings: { ...testSettings, inboxBucket: localNames.inboxBucket, concurrency: 10 },
    drain: { maxHops: 1_000, maxMessages: 1_000_000, waitSeconds: 1 },
  };
  return { dependencies, batons, log };
};

const put = async (n: number): Promise<FileVersion> => {
  const [key, Body] = [`incoming/${String(n)}`, String(n)];
  const { ETag } = await sender.send(new PutObjectCommand({ Bucket: localNames.inboxBucket, Key: key, Body }));
  return createFileVersion({ bucket: localNames.inboxBucket, key, eTag: ETag ?? '', size: Body.length });
};

describe('one lane', () => {
  it(
    'drains 10,000 messages over several hops at a quarter of an SQS call a message or less',
    async () => {
      const count = scaled(10_000);
      const files: FileVersion[] = [];
      await inParallel(
        Array.from({ length: count }, (_, n) => n),
        16,
        async (n) => files.push(await put(n)),
      );
      const { dependencies, batons, log } = relay();
      await dependencies.workQueue.sendAll(files);
      const { next } = await readRequests(cloud.endpoint);

      const hopMs = count;
      const outcomes: string[] = [];
      let received = 0;
      for (let baton: Baton | undefined, first = true; first || baton !== undefined; first = false) {
        // What a file may take is kept back from each run: this much is left of it to receive in.
        const deadlineAt = Date.now() + dependencies.settings.maxRunMs + hopMs;
        const drained = await drainQueue(dependencies, { baton, deadlineAt });
        outcomes.push(drained.outcome);
        received += drained.report.received;
        baton = batons.shift();
      }

      const { entries, dropped } = await readRequests(cloud.endpoint, next);
      expect(dropped).toBe(0);
      const byRelay = entries.filter(({ accessKeyId }) => accessKeyId === 'relay');
      const queueCalls = byRelay.filter(({ service }) => service === 'sqs').length;
      expect(outcomes.at(-1)).toBe('finished');
      expect(outcomes.length).toBeGreaterThan(1);
      expect(received).toBe(count);
      expect(queueCalls / count).toBeLessThanOrEqual(0.25);
      expect(log.lines.filter(({ fields }) => fields['outcome'] === 'done')).toHaveLength(count);
      expect((await dependencies.objectStore.list(undefined)).objects).toEqual([]);
    },
    hour,
  );
});
