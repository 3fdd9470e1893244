import { DynamoDBClient, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { systemClock, systemEntropy } from '../../lib/adapters/system.ts';
import { TransientError } from '../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import type { Action } from '../../lib/domain/action.ts';
import type { WorkQueue } from '../../lib/ports/work-queue.ts';
import type { Dependencies } from '../../lib/usecases/dependencies.ts';
import { processFile } from '../../lib/usecases/process-file.ts';
import { localNames } from '../../tests/support/local-cloud.ts';
import type { Answer, Contender } from './contender.ts';
import { wireOf } from './wire.ts';

const ignore = (): void => undefined;
const bucket = localNames.inboxBucket;

const answers: Partial<Record<string, Answer>> = {
  done: 'done',
  duplicate: 'refused',
  busy: 'refused',
  waiting: 'refused',
};

/** Everyfile's own use case with the deployed defaults: a lease of 45 s, a skew of 5 s. */
export const createEveryfile = (connection: { endpoint: string; region: string }): Contender => {
  const dynamodb = new DynamoDBClient(connection);
  const s3 = new S3Client({ ...connection, forcePathStyle: true });
  const wire = wireOf(dynamodb);
  const versions = new Map<string, FileVersion>();
  const sent: string[] = [];
  const dependencies: Omit<Dependencies, 'rules'> = {
    ledger: createDynamoDbLedger(dynamodb, { tableName: localNames.ledgerTable, retentionDays: 400 }),
    objectStore: createS3ObjectStore(s3, {
      inboxBucket: bucket,
      inboxPrefix: 'incoming/',
      outputsBucket: localNames.outputsBucket,
    }),
    // The next trigger is the test's to send.
    workQueue: { send: async () => undefined } as Partial<WorkQueue> as WorkQueue,
    notifier: { send: async (notice) => void sent.push(String(notice.data['fileId'])) },
    clock: systemClock,
    entropy: systemEntropy,
    log: { info: ignore, warn: ignore, error: ignore },
    metrics: { record: ignore },
    settings: {
      inboxBucket: bucket,
      inboxPrefix: 'incoming/',
      archive: 'versions',
      leaseMs: 45_000,
      skewMs: 5_000,
      maxAttempts: 5,
      retryBaseMs: 5_000,
      maxRunMs: 900_000,
      concurrency: 1,
    },
  };
  const status = (request: object): string | undefined => {
    const { UpdateExpression = '', ExpressionAttributeValues = {} } = request as UpdateItemCommandInput;
    const value = /^SET #status = (:\w+)/.exec(UpdateExpression)?.[1];
    return value === undefined ? undefined : ExpressionAttributeValues[value]?.S;
  };

  return {
    name: 'Everyfile',
    async newFile() {
      const [key, body] = [`incoming/file-${versions.size + 1}`, `bytes of file ${versions.size + 1}`];
      const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      const file = createFileVersion({ bucket, key, eTag: ETag, size: body.length });
      versions.set(file.id, file);
      return file.id;
    },
    async trigger(id, limitSeconds, work) {
      const file = versions.get(id);
      if (file === undefined) throw new Error(`no such file: ${id}`);
      const action: Action = {
        name: 'work',
        async run(seen) {
          await work(() => seen.notify({ subject: 'processed', text: id, data: { fileId: id } }));
          return undefined;
        },
      };
      const rules = [{ prefix: 'incoming/', actions: [action] }];
      const deadlineAt = Date.now() + limitSeconds * 1000;
      try {
        return answers[await processFile({ ...dependencies, rules }, { file, via: 'event', deadlineAt })] ?? 'failed';
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        return 'failed';
      }
    },
    effects: (id) => sent.filter((name) => name === id).length,
    wire,
    isClaim: (request) => status(request) === 'PROCESSING',
    isCompletion: (request) => status(request) === 'DONE',
  };
};
