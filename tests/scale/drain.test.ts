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

/** A run of the relay on the real adapters, known in the request log by its caller; batons are kept, for the test to hand on. */
const relay = (caller: string, batons: Baton[], log: ReturnType<typeof recordingLog>) => {
  const config = cloud.clientConfig(caller);
  const dynamodb = new DynamoDBClient(config);
  const table = { tableName: localNames.ledgerTable };
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
  return dependencies;
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
      const batons: Baton[] = [];
      const log = recordingLog();
      const { workQueue, objectStore, settings } = relay('sender', batons, log);
      await workQueue.sendAll(files);
      const { next } = await readRequests(cloud.endpoint);

      const hopMs = count;
      const outcomes: string[] = [];
      let received = 0;
      let runs = 0;
      for (let baton: Baton | undefined, first = true; first || baton !== undefined; first = false) {
        // What a file may take is kept back from each run: this much is left of it to receive in.
        const deadlineAt = Date.now() + settings.maxRunMs + hopMs;
        // A tick comes at the same time, and the baton twice.
        const rivals = await Promise.all(
          [baton, baton, undefined].map((by) =>
            drainQueue(relay(`relay-${String((runs += 1))}`, batons, log), { baton: by, deadlineAt }),
          ),
        );
        const mine = rivals.filter(({ outcome }) => outcome !== 'not-mine');
        expect(mine).toHaveLength(1);
        outcomes.push(...mine.map(({ outcome }) => outcome));
        received += mine.reduce((sum, { report }) => sum + report.received, 0);
        baton = batons.shift();
      }

      const { entries, dropped } = await readRequests(cloud.endpoint, next);
      expect(dropped).toBe(0);
      const queueCalls = entries.filter(({ service, accessKeyId }) => service === 'sqs' && accessKeyId !== 'sender');
      expect(outcomes.at(-1)).toBe('finished');
      expect(outcomes.length).toBeGreaterThan(1);
      expect(received).toBe(count);
      expect(queueCalls.length / count).toBeLessThanOrEqual(0.25);
      // Each run makes its calls of the queue after the last one's: where two ran at once, one would come up again.
      const turns = queueCalls.map(({ accessKeyId }) => accessKeyId).filter((run, n, all) => run !== all[n - 1]);
      expect(turns).toEqual([...new Set(turns)]);
      expect(log.lines.filter(({ fields }) => fields['outcome'] === 'done')).toHaveLength(count);
      expect((await objectStore.list(undefined)).objects).toEqual([]);
    },
    hour,
  );
});
