import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, UpdateItemCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createDynamoDbLaneStore } from '../../lib/adapters/dynamodb-lane-store.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createLambdaInvoker } from '../../lib/adapters/lambda-invoker.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { createS3Quarantine } from '../../lib/adapters/s3-quarantine.ts';
import { createSnsNotifier } from '../../lib/adapters/sns-notifier.ts';
import { createSqsWorkQueue } from '../../lib/adapters/sqs-work-queue.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { createFileVersion } from '../../lib/domain/file-version.ts';
import type { Baton } from '../../lib/domain/lane.ts';
import { parseQueueMessage } from '../../lib/events/queue-message.ts';
import { localLedgerTable } from '../support/local-cloud.ts';
import { loseResponsesOf } from '../support/lost-responses.ts';
import {
  betweenCopiesOf,
  conflictsOf,
  doubleReceivesOf,
  inSmallPages,
  refuseEntriesOf,
  throttleOf,
} from './client-faults.ts';
import type { ContractPorts, ContractWorld, MakeContractWorld } from './contract-world.ts';

/** An endpoint that speaks AWS's protocols. */
export type Endpoint = Readonly<{
  clientConfig: Readonly<{
    endpoint: string;
    region: string;
    credentials: Readonly<{ accessKeyId: string; secretAccessKey: string }>;
  }>;
  functionName: string;
  handedOn(atLeast: number): Promise<readonly Baton[]>;
}>;

const clientsOf = ({ clientConfig }: Endpoint) => ({
  s3: new S3Client({ ...clientConfig, forcePathStyle: true }),
  dynamodb: new DynamoDBClient(clientConfig),
  sqs: new SQSClient(clientConfig),
  sns: new SNSClient(clientConfig),
  lambda: new LambdaClient(clientConfig),
});
type Clients = ReturnType<typeof clientsOf>;

const clientOf: Readonly<Record<keyof ContractPorts, keyof Clients>> = {
  objectStore: 's3',
  quarantine: 's3',
  ledger: 'dynamodb',
  laneStore: 'dynamodb',
  workQueue: 'sqs',
  notifier: 'sns',
  invoker: 'lambda',
};

/** Buckets, queues, a topic and a table of one test's own. */
const createResources = async ({ s3, sqs, sns, dynamodb }: Clients) => {
  const name = `contract-${randomUUID()}`;
  const [Bucket, outputsBucket] = [`${name}-in`, `${name}-out`];
  const createQueue = async (QueueName: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  const createInbox = async (): Promise<void> => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  };
  const createTopic = async (subscriberUrl: string): Promise<string> => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: subscriberUrl, AttributeNames: ['QueueArn'] }),
    );
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
    return TopicArn ?? '';
  };
  /** A table that is made is not there yet. */
  const createTable = async (): Promise<void> => {
    await dynamodb.send(new CreateTableCommand({ ...localLedgerTable, TableName: name }));
    const often = { maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.2 };
    await waitUntilTableExists({ client: dynamodb, ...often }, { TableName: name });
  };
  const [queueUrl, deadLetterUrl, subscriberUrl] = await Promise.all([
    createQueue(`${name}-work`),
    createQueue(`${name}-dlq`),
    createQueue(`${name}-notices`),
  ]);
  const [topicArn] = await Promise.all([
    createTopic(subscriberUrl),
    createInbox(),
    s3.send(new CreateBucketCommand({ Bucket: outputsBucket })),
    createTable(),
  ]);
  return { inboxBucket: Bucket, outputsBucket, queueUrl, deadLetterUrl, subscriberUrl, topicArn, tableName: name };
};

/** The real adapters, on an endpoint that speaks AWS's protocols. */
export const adapterWorld =
  (endpoint: () => Endpoint): MakeContractWorld =>
  async (): Promise<ContractWorld> => {
    /** The adapters' own, which meet the faults; the hands of the others use `hands`. */
    const clients = clientsOf(endpoint());
    const hands = clientsOf(endpoint());
    const resources = await createResources(hands);
    const { inboxBucket, outputsBucket, queueUrl, deadLetterUrl, subscriberUrl, topicArn, tableName } = resources;
    inSmallPages(clients.s3);
    inSmallPages(clients.dynamodb);
    const lines = Object.fromEntries(
      Object.entries(clients).map(([name, client]) => [
        name,
        { responses: loseResponsesOf(client), throttle: throttleOf(client) },
      ]),
    );
    const putByParts = async (Key: string, Body: string): Promise<string> => {
      const { UploadId } = await hands.s3.send(new CreateMultipartUploadCommand({ Bucket: inboxBucket, Key }));
      const upload = { Bucket: inboxBucket, Key, UploadId };
      const { ETag } = await hands.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      return (await hands.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }))).ETag ?? '';
    };
    const putWhole = async (Key: string, Body: string): Promise<string> =>
      (await hands.s3.send(new PutObjectCommand({ Bucket: inboxBucket, Key, Body: Buffer.from(Body) }))).ETag ?? '';
    const show = async (handles: readonly string[]): Promise<void> => {
      for (const ReceiptHandle of handles) {
        const change = { QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 };
        await hands.sqs.send(new ChangeMessageVisibilityCommand(change));
      }
    };
    return {
      ports: {
        objectStore: createS3ObjectStore(clients.s3, { inboxBucket, inboxPrefix: 'incoming/', outputsBucket }),
        quarantine: createS3Quarantine(clients.s3, { inboxBucket }),
        ledger: createDynamoDbLedger(clients.dynamodb, { tableName, retentionDays: 400 }),
        laneStore: createDynamoDbLaneStore(clients.dynamodb, { tableName }),
        workQueue: createSqsWorkQueue(clients.sqs, { queueUrl, deadLetterUrl, clock: systemClock }),
        notifier: createSnsNotifier(clients.sns, { topicArn }),
        invoker: createLambdaInvoker(clients.lambda, { functionName: endpoint().functionName }),
      },
      inboxBucket,
      async put(key, body, { byParts } = { byParts: false }) {
        const eTag = await (byParts ? putByParts : putWhole)(key, body);
        return createFileVersion({ bucket: inboxBucket, key, eTag, size: Buffer.byteLength(body) });
      },
      async delete(key) {
        await hands.s3.send(new DeleteObjectCommand({ Bucket: inboxBucket, Key: key }));
      },
      async read(key, bucket) {
        const Bucket = bucket === 'outputs' ? outputsBucket : inboxBucket;
        try {
          const { Body } = await hands.s3.send(new GetObjectCommand({ Bucket, Key: key }));
          return await Body?.transformToString();
        } catch (error) {
          if ((error as Error).name === 'NoSuchKey') return undefined;
          throw error;
        }
      },
      async pause(lane) {
        await hands.dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: { id: { S: lane } },
            UpdateExpression: 'SET paused = :true',
            ExpressionAttributeValues: { ':true': { BOOL: true } },
          }),
        );
      },
      makeVisible: (messages) => show(messages.map(({ receiptHandle }) => receiptHandle)),
      async hideFor(seconds) {
        const Attributes = { VisibilityTimeout: String(seconds) };
        await hands.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes }));
      },
      // Time passes by itself: the receive that comes next waits for it.
      passSeconds: () => undefined,
      doubleNextReceive: doubleReceivesOf(clients.sqs, show),
      async deadLetters() {
        const receive = { QueueUrl: deadLetterUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
        const { Messages = [] } = await hands.sqs.send(new ReceiveMessageCommand(receive));
        return Messages.map(({ Body = '' }) => Body);
      },
      readMessage: (body) => parseQueueMessage(body).files,
      refuseNextEntries: refuseEntriesOf(clients.sqs),
      async delivered(atLeast) {
        const found: { id: string; kind: string }[] = [];
        for (let polls = 0; found.length < atLeast && polls < 10; polls += 1) {
          const receive = { QueueUrl: subscriberUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
          const { Messages = [] } = await hands.sqs.send(new ReceiveMessageCommand(receive));
          for (const { Body = '', ReceiptHandle } of Messages) {
            found.push(JSON.parse((JSON.parse(Body) as { Message: string }).Message) as { id: string; kind: string });
            await hands.sqs.send(new DeleteMessageCommand({ QueueUrl: subscriberUrl, ReceiptHandle }));
          }
        }
        return found;
      },
      handedOn: (atLeast) => endpoint().handedOn(atLeast),
      loseNextResponse: (port) => lines[clientOf[port]]!.responses.loseNext(() => true),
      throttleNext: (port) => lines[clientOf[port]]!.throttle(),
      conflictNextWrites: conflictsOf(clients.s3),
      betweenCopiesOfNextRefire: betweenCopiesOf(clients.s3),
      async close() {
        for (const client of [...Object.values(clients), ...Object.values(hands)]) client.destroy();
      },
    };
  };
