import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { startCloud } from '../../offline/cloud.ts';
import type { Cloud, CloudOptions } from '../../offline/cloud.ts';
import type { Resources } from '../../offline/contracts.ts';

/** The names that the stage `local` has. */
export const localNames = {
  inboxBucket: 'everyfile-local-inbox',
  outputsBucket: 'everyfile-local-outputs',
  ledgerTable: 'everyfile-local-ledger',
  workQueue: 'everyfile-local-work',
  workDlq: 'everyfile-local-work-dlq',
  noticesTopicArn: 'arn:aws:sns:us-east-1:000000000000:everyfile-local-notices',
  noticesQueue: 'everyfile-local-notices',
} as const;

/** The ledger's table, but for its TTL, which the API sets by a call of its own. */
export const localLedgerTable: CreateTableCommandInput = {
  TableName: localNames.ledgerTable,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'open', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open',
      KeySchema: [{ AttributeName: 'open', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

/** The resources of the stage `local`, without functions and notifications. */
export const localResources: Resources = {
  InboxBucket: {
    Type: 'AWS::S3::Bucket',
    Properties: { BucketName: localNames.inboxBucket, VersioningConfiguration: { Status: 'Enabled' } },
  },
  OutputsBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: localNames.outputsBucket } },
  LedgerTable: {
    Type: 'AWS::DynamoDB::Table',
    Properties: { ...localLedgerTable, TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } },
  },
  WorkQueue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: localNames.workQueue,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['WorkDlq', 'Arn'] }, maxReceiveCount: 5 },
    },
  },
  WorkDlq: { Type: 'AWS::SQS::Queue', Properties: { QueueName: localNames.workDlq } },
  NoticesTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'everyfile-local-notices' } },
  NoticesQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: localNames.noticesQueue } },
  NoticesSubscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      TopicArn: { Ref: 'NoticesTopic' },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['NoticesQueue', 'Arn'] },
    },
  },
};

/** A local cloud of a test's own. */
export type TestCloud = Cloud &
  Readonly<{
    directory: string;
    /** What the cloud said of faults, defects and what it leaves out. */
    lines: readonly string[];
    /** The settings of any SDK client that speaks to this cloud; S3 needs `forcePathStyle` besides. */
    clientConfig: (accessKeyId?: string) => ClientConfig;
    queueUrl: (queueName: string) => string;
  }>;

type ClientConfig = Readonly<{
  endpoint: string;
  region: string;
  credentials: Readonly<{ accessKeyId: string; secretAccessKey: string }>;
}>;

/**
 * Starts a local cloud on a free port, with the resources of the stage `local` unless told otherwise. Its state is in
 * a temporary folder that `close` takes away; a `directory` that is given stays.
 */
export const startTestCloud = async (options: Partial<CloudOptions> = {}): Promise<TestCloud> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'everyfile-test-')));
  const lines: string[] = [];
  const cloud = await startCloud({
    port: 0,
    stage: 'local',
    resources: localResources,
    functions: [],
    log: (line) => lines.push(line),
    ...options,
    directory,
  });
  return {
    ...cloud,
    directory,
    lines,
    clientConfig: (accessKeyId = 'test') => ({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey: 'local' },
    }),
    queueUrl: (queueName) => `${cloud.endpoint}/000000000000/${queueName}`,
    close: async () => {
      await cloud.close();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
};
