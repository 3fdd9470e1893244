/**
 * A process with nothing in it but the sweep, as in Lambda: sweeps the local cloud at the endpoint it is given, hop by
 * hop, and writes what it did, the most memory that it ever held, and what of its heap lived after the first hop and
 * after the last. It is to be started with `--expose-gc`.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoDbLaneStore } from '../../lib/adapters/dynamodb-lane-store.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { createSqsWorkQueue } from '../../lib/adapters/sqs-work-queue.ts';
import { systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import type { Baton } from '../../lib/domain/lane.ts';
import { peakMemoryBytes } from '../../scripts/peak-memory.ts';
import { sweepInbox, type SweepDependencies, type SweepReport } from '../../lib/usecases/sweep.ts';

/** What the process is told, and what it writes. */
export type SweepOrder = Readonly<{ endpoint: string; hopMs: number; archive: 'versions' | 'bak' }>;
export type SweepSummary = Readonly<{
  outcomes: string[];
  report: SweepReport;
  peakBytes: number;
  firstLiveBytes: number;
  lastLiveBytes: number;
}>;

const silent = (): void => undefined;

const liveBytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const sweep = async ({ endpoint, hopMs, archive }: SweepOrder): Promise<SweepSummary> => {
  const common = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'sweeper', secretAccessKey: 'local' } };
  const dynamodb = new DynamoDBClient(common);
  const table = { tableName: 'everyfile-local-ledger' };
  const batons: Baton[] = [];
  const dependencies: SweepDependencies = {
    ledger: createDynamoDbLedger(dynamodb, { ...table, retentionDays: 400 }),
    laneStore: createDynamoDbLaneStore(dynamodb, table),
    objectStore: createS3ObjectStore(new S3Client({ ...common, forcePathStyle: true }), {
      inboxBucket: 'everyfile-local-inbox',
      inboxPrefix: 'incoming/',
      outputsBucket: 'everyfile-local-outputs',
    }),
    workQueue: createSqsWorkQueue(new SQSClient(common), {
      queueUrl: `${endpoint}/000000000000/everyfile-local-work`,
      clock: systemClock,
    }),
    notifier: { send: () => Promise.reject(new Error('nothing here has a notice to send')) },
    invoker: { handOn: (baton) => Promise.resolve(void batons.push(baton)) },
    clock: systemClock,
    entropy: systemEntropy,
    metrics: { record: silent },
    log: { info: silent, warn: console.error, error: console.error },
    settings: { archive, leaseMs: 45_000, skewMs: 0, concurrency: 8 },
    sweep: {
      redrive: 'queue',
      minimumAgeMs: 0,
      resendMs: 600_000,
      maxHops: 1_000,
      backlogMs: () => Promise.resolve(0),
    },
  };
  const total: SweepReport = {
    listed: 0,
    foundBySweep: 0,
    finishedBySweep: 0,
    unfinished: 0,
    oldestUnfinishedSeconds: 0,
  };
  const outcomes: string[] = [];
  let firstLiveBytes: number | undefined;
  for (let baton: Baton | undefined, first = true; first || baton !== undefined; first = false) {
    const { outcome, report } = await sweepInbox(dependencies, { baton, deadlineAt: Date.now() + hopMs });
    outcomes.push(outcome);
    for (const name of Object.keys(total) as (keyof SweepReport)[]) total[name] += report[name];
    firstLiveBytes ??= liveBytes();
    baton = batons.shift();
  }
  const peakBytes = peakMemoryBytes();
  const lastLiveBytes = liveBytes();
  return { outcomes, report: total, peakBytes, firstLiveBytes: firstLiveBytes ?? lastLiveBytes, lastLiveBytes };
};

const summary = await sweep(JSON.parse(process.argv[2] ?? '{}') as SweepOrder);
process.stdout.write(JSON.stringify(summary));
