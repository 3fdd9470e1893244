import { createDynamoDbClient, createS3Client, createSnsClient, createSqsClient } from './adapters/clients.ts';
import { createDynamoDbLedger } from './adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from './adapters/s3-object-store.ts';
import { createSnsNotifier } from './adapters/sns-notifier.ts';
import { createSqsWorkQueue } from './adapters/sqs-work-queue.ts';
import { jsonLog, systemClock, systemEntropy } from './adapters/system.ts';
import { processorConfig } from './config.ts';
import type { S3Notification } from './events/s3-notification.ts';
import { rules } from './rules.ts';
import type { Dependencies } from './usecases/dependencies.ts';
import { processFiles, type Answered } from './usecases/process-files.ts';

/** The time kept back to record an answer before Lambda cuts the function off. */
const reserveMs = 5_000;

/** What the processor's handler calls: the files of an event, and how many milliseconds this invocation has left. */
type Processor = (notification: S3Notification, remainingMs: number) => Promise<readonly Answered[]>;

/** Joins the processor: built once per cold start, fails there when the environment is wrong. */
export const createProcessor = (): Processor => {
  const config = processorConfig(process.env);
  const dependencies: Dependencies = {
    ledger: createDynamoDbLedger(createDynamoDbClient(), {
      tableName: config.LEDGER_TABLE_NAME,
      retentionDays: config.RETENTION_DAYS,
    }),
    objectStore: createS3ObjectStore(createS3Client(config.forcePathStyle), {
      outputsBucket: config.OUTPUTS_BUCKET_NAME,
    }),
    workQueue: createSqsWorkQueue(createSqsClient(), { queueUrl: config.WORK_QUEUE_URL, clock: systemClock }),
    notifier: createSnsNotifier(createSnsClient(), { topicArn: config.NOTICES_TOPIC_ARN }),
    clock: systemClock,
    entropy: systemEntropy,
    log: jsonLog,
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
  };
  return (notification, remainingMs) =>
    processFiles(dependencies, {
      ...notification,
      via: 'event',
      deadlineAt: systemClock.now() + remainingMs - reserveMs,
    });
};
