import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ScanCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { createS3Quarantine } from '../../lib/adapters/s3-quarantine.ts';
import { createFileVersion } from '../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import { loseResponsesOf } from './lost-responses.ts';
import type { TestCloud } from './local-cloud.ts';
import { throttledError } from './throttled-error.ts';
import { recordedPorts, testSettings, type Call, type MakeWorld } from './world.ts';

const inboxBucket = 'everyfile-local-inbox';
const tableName = 'everyfile-local-ledger';

/** How to tell each ledger call by its request: what it sets `status` to, or what it removes. */
const requestOf: Record<Call, (input: UpdateItemCommandInput) => boolean> = {
  claim: (input) => setsStatus(input, 'PROCESSING'),
  commit: (input) => setsStatus(input, 'DONE'),
  retry: (input) => setsStatus(input, 'RETRY'),
  poison: (input) => setsStatus(input, 'POISON') && !isBury(input),
  bury: (input) => setsStatus(input, 'POISON') && isBury(input),
  note: (input) => setsStatus(input, 'GONE') || setsStatus(input, 'SUPERSEDED'),
  renew: (input) => input.UpdateExpression?.startsWith('SET #leaseUntil') ?? false,
  clearOutbox: (input) => input.UpdateExpression?.includes('REMOVE #outbox') ?? false,
};

const isBury = (input: UpdateItemCommandInput): boolean => input.ConditionExpression?.includes('#attempts >=') ?? false;

const setsStatus = (input: UpdateItemCommandInput, status: string): boolean => {
  const value = /^SET #status = (:\w+)/.exec(input.UpdateExpression ?? '')?.[1];
  return value !== undefined && input.ExpressionAttributeValues?.[value]?.S === status;
};

/** The real adapters on the local cloud's S3 and DynamoDB; time is still the test's own. */
export const emulatedWorld =
  (cloud: () => TestCloud): MakeWorld =>
  async ({ rules, settings }) => {
    const { endpoint } = cloud();
    const common = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const dynamodb = new DynamoDBClient(common);
    const s3 = new S3Client({ ...common, forcePathStyle: true });
    const ports = recordedPorts();
    const responses = loseResponsesOf(dynamodb);
    const real = createDynamoDbLedger(dynamodb, { tableName, retentionDays: 400 });
    let throttled = false;
    const ledger = Object.fromEntries(
      Object.entries(real).map(([name, method]) => [
        name,
        async (by: never) => {
          if (throttled) throw throttledError();
          return (method as (by: never) => Promise<unknown>)(by);
        },
      ]),
    ) as unknown as Ledger;
    const keys = async (): Promise<string[]> => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: inboxBucket }));
      return Contents.map(({ Key }) => Key ?? '');
    };
    return {
      ...ports,
      dependencies: {
        ...ports,
        ledger,
        objectStore: createS3ObjectStore(s3, {
          inboxBucket,
          inboxPrefix: testSettings.inboxPrefix,
          outputsBucket: 'everyfile-local-outputs',
        }),
        rules,
        settings: { ...testSettings, inboxBucket, ...settings },
      },
      async put(key, body) {
        const { ETag } = await s3.send(new PutObjectCommand({ Bucket: inboxBucket, Key: key, Body: body }));
        return createFileVersion({ bucket: inboxBucket, key, eTag: ETag ?? '', size: Buffer.byteLength(body) });
      },
      async delete(key) {
        await s3.send(new DeleteObjectCommand({ Bucket: inboxBucket, Key: key }));
      },
      keys,
      async document(key) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: inboxBucket, Key: key }));
        return JSON.parse((await Body?.transformToString()) ?? 'null') as unknown;
      },
      quarantine: createS3Quarantine(s3, { inboxBucket }),
      async item(file) {
        const { Item } = await dynamodb.send(
          new GetItemCommand({ TableName: tableName, Key: { id: { S: file.id } }, ConsistentRead: true }),
        );
        return Item === undefined ? undefined : (unmarshall(Item) as LedgerItem);
      },
      loseNextResponse: (call) => responses.loseNext((input) => requestOf[call](input as UpdateItemCommandInput)),
      throttleLedger: (on) => {
        throttled = on;
      },
      async close() {
        // The cloud serves every test of a suite: each leaves it as it found it.
        for (const key of await keys()) await s3.send(new DeleteObjectCommand({ Bucket: inboxBucket, Key: key }));
        for (const file of await scanIds(dynamodb)) {
          await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { id: { S: file } } }));
        }
        dynamodb.destroy();
        s3.destroy();
      },
    };
  };

const scanIds = async (client: DynamoDBClient): Promise<string[]> => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, ProjectionExpression: 'id' }));
  return Items.map(({ id }) => id?.S ?? '');
};
