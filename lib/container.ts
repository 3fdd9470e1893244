import {
  createDynamoDbClient,
  createLambdaClient,
  createLogsClient,
  createPatientDynamoDbClient,
  createS3Client,
  createSnsClient,
  createSqsClient,
  createUnrepeatedLogsClient,
} from './adapters/clients.ts';
import { createCloudWatchLogExports } from './adapters/cloudwatch-log-exports.ts';
import { createDynamoDbLaneStore } from './adapters/dynamodb-lane-store.ts';
import { createDynamoDbLedger } from './adapters/dynamodb-ledger.ts';
import { createEmfMetrics } from './adapters/emf-metrics.ts';
import { createLambdaInvoker } from './adapters/lambda-invoker.ts';
import { createS3ExportStore } from './adapters/s3-export-store.ts';
import { createS3ObjectStore } from './adapters/s3-object-store.ts';
import { createSnsNotifier } from './adapters/sns-notifier.ts';
import { createSqsWorkQueue } from './adapters/sqs-work-queue.ts';
import { jsonLog, systemClock, systemEntropy } from './adapters/system.ts';
import {
  bucketCheckConfig,
  logExportConfig,
  processorConfig,
  relayConfig,
  sweeperConfig,
  type ActionConfig,
  type ExportConfig,
  type FileConfig,
  type LaneConfig,
} from './config.ts';
import type { ExportDecision, ExportStep, ExportTurn } from './domain/export-state.ts';
import type { S3Notification } from './events/s3-notification.ts';
import type { Wake } from './events/wake.ts';
import { rules } from './rules.ts';
import { checkExports } from './usecases/check-exports.ts';
import type { Dependencies } from './usecases/dependencies.ts';
import { drainLane, drainQueue, type DrainReport, type ReadMessage } from './usecases/drain.ts';
import { exportLogs, type StepOutcome } from './usecases/export-logs.ts';
import { processFiles, type Answered } from './usecases/process-files.ts';
import type { LaneOutcome } from './usecases/run-lane.ts';
import { sweepInbox, type SweepReport } from './usecases/sweep.ts';

/** The time kept back to record an answer before Lambda cuts the function off. */
const reserveMs = 5_000;

/** The time a run of a lane keeps back, for what it is at when its time is up: the sweep goes on with its page for half of it. */
const laneReserveMs = 10_000;

/** Lambda cuts a chain of invocations at 16 where it is not told to let it be, as the relay's is. */
const sweeperHops = 12;

/** How long a long poll waits for a first message: never 0, which samples servers and misses some. */
const pollSeconds = 2;

/** When this invocation must be done, as handlers know it: what Lambda says is left of its time-out. */
const deadlineAt = (remainingMs: number, reservedMs: number): number => systemClock.now() + remainingMs - reservedMs;

/** The ports of a function that touches files. */
const filePorts = (config: FileConfig, dynamodb = createDynamoDbClient(), deadLetterUrl?: string) => ({
  ledger: createDynamoDbLedger(dynamodb, {
    tableName: config.LEDGER_TABLE_NAME,
    retentionDays: config.RETENTION_DAYS,
    patient: createPatientDynamoDbClient(dynamodb),
  }),
  objectStore: createS3ObjectStore(createS3Client(config.forcePathStyle), {
    inboxBucket: config.INBOX_BUCKET_NAME,
    inboxPrefix: config.INBOX_PREFIX,
    outputsBucket: config.OUTPUTS_BUCKET_NAME,
  }),
  workQueue: createSqsWorkQueue(createSqsClient(), {
    queueUrl: config.WORK_QUEUE_URL,
    ...(deadLetterUrl !== undefined && { deadLetterUrl }),
    clock: systemClock,
  }),
  notifier: createSnsNotifier(createSnsClient(), { topicArn: config.NOTICES_TOPIC_ARN }),
  clock: systemClock,
  entropy: systemEntropy,
  log: jsonLog,
  metrics: createEmfMetrics({ stage: config.STAGE, clock: systemClock }),
});

/** The ports and settings of a function that runs actions. */
const actionDependencies = (config: ActionConfig, dynamodb = createDynamoDbClient(), deadLetterUrl?: string) =>
  ({
    ...filePorts(config, dynamodb, deadLetterUrl),
    rules,
    settings: {
      inboxBucket: config.INBOX_BUCKET_NAME,
      inboxPrefix: config.INBOX_PREFIX,
      archive: config.ARCHIVE_MODE,
      leaseMs: config.LEASE_MS,
      skewMs: config.SKEW_MS,
      maxAttempts: config.MAX_ATTEMPTS,
      retryBaseMs: config.RETRY_BASE_MS,
      maxRunMs: config.MAX_RUN_SECONDS * 1000,
      concurrency: config.CONCURRENCY,
    },
  }) satisfies Dependencies;

/** The ports of a function that runs a lane, besides. */
const lanePorts = (config: LaneConfig & FileConfig, dynamodb: ReturnType<typeof createDynamoDbClient>) => ({
  laneStore: createDynamoDbLaneStore(dynamodb, { tableName: config.LEDGER_TABLE_NAME }),
  invoker: createLambdaInvoker(createLambdaClient(), { functionName: config.AWS_LAMBDA_FUNCTION_NAME }),
});

/** What the processor's handler calls: the files of an event, and how many milliseconds this invocation has left. */
type Processor = (notification: S3Notification, remainingMs: number) => Promise<readonly Answered[]>;

/** Joins the processor: built once per cold start, fails there when the environment is wrong. */
export const createProcessor = (): Processor => {
  const dependencies = actionDependencies(processorConfig(process.env));
  return (notification, remainingMs) =>
    processFiles(dependencies, { ...notification, via: 'event', deadlineAt: deadlineAt(remainingMs, reserveMs) });
};

/** What the handler of a lane calls: what woke it, and how many milliseconds this invocation has left. */
type Lane<Report> = (wake: Wake, remainingMs: number) => Promise<{ outcome: LaneOutcome; report: Report }>;

/** Joins the sweeper. */
export const createSweeper = (): Lane<SweepReport> => {
  const config = sweeperConfig(process.env);
  const dynamodb = createDynamoDbClient();
  const lanes = lanePorts(config, dynamodb);
  const dependencies = {
    ...filePorts(config, dynamodb),
    ...lanes,
    settings: {
      archive: config.ARCHIVE_MODE,
      leaseMs: config.LEASE_MS,
      skewMs: config.SKEW_MS,
      concurrency: config.CONCURRENCY,
    },
    sweep: {
      redrive: config.REDRIVE_MODE,
      minimumAgeMs: config.MINIMUM_AGE_SECONDS * 1000,
      resendMs: config.RESEND_SECONDS * 1000,
      maxHops: Math.min(config.MAX_HOPS, sweeperHops),
      // Only with `ingest: queue` do events stand in the queue, and only then may its age excuse a late one.
      backlogMs: () => (config.INGEST_MODE === 'queue' ? lanes.laneStore.backlogMs(drainLane) : Promise.resolve(0)),
    },
  };
  return ({ baton }, remainingMs) =>
    sweepInbox(dependencies, { baton, deadlineAt: deadlineAt(remainingMs, laneReserveMs) });
};

/** Joins the relay. */
export const createRelay = (readMessage: ReadMessage): Lane<DrainReport> => {
  const config = relayConfig(process.env);
  const dynamodb = createDynamoDbClient();
  const dependencies = {
    ...actionDependencies(config, dynamodb, config.WORK_DLQ_URL),
    ...lanePorts(config, dynamodb),
    readMessage,
    drain: { maxHops: config.MAX_HOPS, maxMessages: config.MAX_MESSAGES, waitSeconds: pollSeconds },
  };
  return ({ baton }, remainingMs) =>
    drainQueue(dependencies, { baton, deadlineAt: deadlineAt(remainingMs, laneReserveMs) });
};

/** The ports of the logs export. */
const exportPorts = (config: ExportConfig) => {
  const target = {
    bucket: config.LOGS_BUCKET_NAME,
    prefix: config.EXPORT_PREFIX,
    taskPrefix: config.EXPORT_TASK_PREFIX,
  };
  return {
    target,
    logExports: createCloudWatchLogExports(createLogsClient(), createUnrepeatedLogsClient(), target),
    exportStore: createS3ExportStore(createS3Client(config.forcePathStyle), target),
    log: jsonLog,
  };
};

/**
 * Attempts at one range within one execution, and its turns, of at most 14 history events each (one whose create is
 * refused counts twice). AWS ends an execution at 25,000 events, and the state machine ends it after five days.
 */
const exportBudget = { maxAttempts: 3, maxLoops: 1_500, maxRunMs: 4 * 24 * 60 * 60 * 1000 };

const namesIn = (list: string): readonly string[] => list.split(',').map((name) => name.trim());

/** Joins `bucketCheck`. */
export const createBucketCheck = (): ((turn: ExportTurn) => Promise<ExportDecision>) => {
  const config = bucketCheckConfig(process.env);
  const named = namesIn(config.LOG_GROUPS);
  const dependencies = {
    ...exportPorts(config),
    notifier: createSnsNotifier(createSnsClient(), { topicArn: config.NOTICES_TOPIC_ARN }),
    clock: systemClock,
    metrics: createEmfMetrics({ stage: config.STAGE, clock: systemClock }),
    settings: {
      ...exportBudget,
      logGroups: named.flatMap((name) => (name === 'own' ? namesIn(config.OWN_LOG_GROUPS) : [name])),
      expectedGroups: named.filter((name) => name !== 'own' && !name.endsWith('*')),
      monthsBack: config.MONTHS_BACK,
    },
  };
  return (turn) => checkExports(dependencies, turn);
};

/** Joins `logExport`. */
export const createLogExport = (): ((step: ExportStep) => Promise<StepOutcome>) => {
  const dependencies = exportPorts(logExportConfig(process.env));
  return (step) => exportLogs(dependencies, step);
};
