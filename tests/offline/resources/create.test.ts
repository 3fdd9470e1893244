import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Invocation, Resources, Runner } from '../../../offline/contracts.ts';
import { localNames, localResources, startTestCloud } from '../../support/local-cloud.ts';
import type { TestCloud } from '../../support/local-cloud.ts';

let directory: string;
const clouds: TestCloud[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
});
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close();
  await rm(directory, { recursive: true, force: true });
});

const start = async (options: Parameters<typeof startTestCloud>[0] = {}): Promise<TestCloud> => {
  const cloud = await startTestCloud({ directory, ...options });
  clouds.push(cloud);
  return cloud;
};
const stop = async (cloud: TestCloud): Promise<void> => {
  clouds.splice(clouds.indexOf(cloud), 1);
  await cloud.close();
};

const withProperties = (logicalId: string, properties: Record<string, unknown>): Resources => {
  const resource = localResources[logicalId]!;
  return { ...localResources, [logicalId]: { ...resource, Properties: { ...resource.Properties, ...properties } } };
};

const notify = (...QueueConfigurations: unknown[]): Resources =>
  withProperties('InboxBucket', { NotificationConfiguration: { QueueConfigurations } });
const toQueue = (logicalId: string, prefix: string) => ({
  Event: 's3:ObjectCreated:*',
  Queue: { 'Fn::GetAtt': [logicalId, 'Arn'] },
  Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: prefix }] } },
});

const s3Of = (cloud: TestCloud) => new S3Client({ ...cloud.clientConfig('sender'), forcePathStyle: true });
const putObject = async (cloud: TestCloud, Key: string) => {
  const client = s3Of(cloud);
  await client.send(new PutObjectCommand({ Bucket: localNames.inboxBucket, Key, Body: 'body' }));
  client.destroy();
};

/** Receives until `count` messages have come. */
const receive = async (cloud: TestCloud, queue: string, count: number): Promise<Record<string, unknown>[]> => {
  const client = new SQSClient(cloud.clientConfig());
  const bodies: Record<string, unknown>[] = [];
  do {
    const command = { QueueUrl: cloud.queueUrl(queue), WaitTimeSeconds: count === 0 ? 0 : 10, MaxNumberOfMessages: 10 };
    const { Messages } = await client.send(new ReceiveMessageCommand(command));
    bodies.push(...(Messages ?? []).map(({ Body }) => JSON.parse(Body ?? '') as Record<string, unknown>));
  } while (bodies.length < count);
  client.destroy();
  return bodies;
};

const keyOf = (message: Record<string, unknown>): unknown =>
  (message['Records'] as { s3: { object: { key: string } } }[] | undefined)?.[0]?.s3.object.key;

describe('the resources of the template', () => {
  it('keep their content on the next start, and take changed settings', async () => {
    const first = await start();
    const dynamodb = new DynamoDBClient(first.clientConfig());
    const TableName = localNames.ledgerTable;
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'kept' } } }));
    dynamodb.destroy();
    await stop(first);

    const settings = withProperties('WorkQueue', { VisibilityTimeout: '77' });
    const ttl = { TimeToLiveSpecification: { AttributeName: 'otherAttribute', Enabled: true } };
    const second = await start({
      resources: { ...settings, LedgerTable: withProperties('LedgerTable', ttl)['LedgerTable']! },
    });
    expect(second.lines).toEqual([]);
    const [again, sqs, s3] = [
      new DynamoDBClient(second.clientConfig()),
      new SQSClient(second.clientConfig()),
      s3Of(second),
    ];
    expect((await again.send(new GetItemCommand({ TableName, Key: { id: { S: 'kept' } } }))).Item).toBeDefined();
    const described = await again.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(described.TimeToLiveDescription?.AttributeName).toBe('otherAttribute');
    const attributes = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: second.queueUrl(localNames.workQueue),
        AttributeNames: ['VisibilityTimeout'],
      }),
    );
    expect(attributes.Attributes).toEqual({ VisibilityTimeout: '77' });
    const versioning = await s3.send(new GetBucketVersioningCommand({ Bucket: localNames.inboxBucket }));
    expect(versioning.Status).toBe('Enabled');
    for (const client of [again, sqs, s3]) client.destroy();
  });

  it('are made anew with fresh, and nothing else in the folder is touched', async () => {
    await writeFile(join(directory, 'not-ours'), 'kept');
    const first = await start();
    const dynamodb = new DynamoDBClient(first.clientConfig());
    const TableName = localNames.ledgerTable;
    await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'gone' } } }));
    dynamodb.destroy();
    await stop(first);
    const second = await start({ fresh: true });
    const again = new DynamoDBClient(second.clientConfig());
    expect((await again.send(new GetItemCommand({ TableName, Key: { id: { S: 'gone' } } }))).Item).toBeUndefined();
    again.destroy();
    expect((await stat(join(directory, 'not-ours'))).size).toBe(4);
  });

  it('are left out when their condition does not hold', async () => {
    const cloud = await start({
      conditions: { Never: { 'Fn::Equals': [1, 2] }, Always: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } },
      resources: {
        Absent: { Type: 'AWS::SQS::Queue', Condition: 'Never', Properties: { QueueName: 'absent' } },
        Present: { Type: 'AWS::SQS::Queue', Condition: 'Always', Properties: { QueueName: 'present' } },
      },
    });
    expect(await receive(cloud, 'present', 0)).toEqual([]);
    await expect(receive(cloud, 'absent', 0)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('that have no counterpart are passed over; unknown ones are named, once each', async () => {
    const cloud = await start({
      resources: {
        Role: { Type: 'AWS::IAM::Role' },
        Alarm: { Type: 'AWS::CloudWatch::Alarm' },
        Bus: { Type: 'AWS::Events::EventBus' },
      },
    });
    expect(cloud.lines).toEqual(['Bus: the local cloud has no AWS::Events::EventBus.']);
  });

  it('refuse a start that would change the keys of a table, and name the way out', async () => {
    await stop(await start());
    const other = withProperties('LedgerTable', { GlobalSecondaryIndexes: undefined });
    await expect(start({ resources: other })).rejects.toThrow(/table everyfile-local-ledger.*--fresh/);
    await start();
  });

  it('refuse an intrinsic that cannot be resolved, and name it and its place', async () => {
    const resources = withProperties('WorkQueue', { VisibilityTimeout: { 'Fn::ImportValue': 'x' } });
    await expect(start({ resources })).rejects.toThrow(
      /Fn::ImportValue "x" at Resources\.WorkQueue\.Properties\.VisibilityTimeout/,
    );
  });

  it('belong to one cloud at a time', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({
      name: 'StateFolderInUseError',
      message: expect.stringContaining('--stateDir'),
    });
    await expect(start({ fresh: true })).rejects.toMatchObject({ name: 'StateFolderInUseError' });
  });
});

describe('the notifications of a bucket', () => {
  it('send a test message when they are new or changed, then the events that match', async () => {
    const first = await start({ resources: notify(toQueue('WorkQueue', 'incoming/')) });
    expect(await receive(first, localNames.workQueue, 1)).toEqual([
      expect.objectContaining({ Event: 's3:TestEvent', Bucket: localNames.inboxBucket }),
    ]);
    await putObject(first, 'elsewhere/a');
    await putObject(first, 'incoming/a b');
    expect((await receive(first, localNames.workQueue, 1)).map(keyOf)).toEqual(['incoming/a+b']);
    expect(first.notifications()).toEqual({ put: 1, delivered: 1, lost: 0, doubled: 0, pending: 0 });
    await stop(first);

    const second = await start({ resources: notify(toQueue('WorkQueue', 'incoming/')) });
    await putObject(second, 'incoming/b');
    expect((await receive(second, localNames.workQueue, 1)).map(keyOf)).toEqual(['incoming/b']);
    await stop(second);

    const third = await start({ resources: notify(toQueue('WorkDlq', 'incoming/')) });
    expect(await receive(third, localNames.workDlq, 1)).toEqual([expect.objectContaining({ Event: 's3:TestEvent' })]);
  });

  it('invoke a function asynchronously, as the template names it', async () => {
    const invocations: Invocation[] = [];
    const runner: Runner = {
      invoke: () => Promise.reject(new Error('S3 does not wait for functions.')),
      arnOf: (functionName) => functionName,
      invokeAsync: (invocation) => void invocations.push(invocation),
      status: () => ({}),
      cut: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const LambdaConfigurations = [
      { Event: 's3:ObjectCreated:*', Function: { 'Fn::GetAtt': ['ProcessorLambdaFunction', 'Arn'] } },
    ];
    const cloud = await start({
      resources: withProperties('InboxBucket', { NotificationConfiguration: { LambdaConfigurations } }),
      functions: [{ key: 'processor', name: 'everyfile-local-processor' }],
      createRunner: ({ endpoint, region, accountId }) => {
        expect({ endpoint, region, accountId }).toEqual({
          endpoint: expect.stringMatching(/^http:\/\/localhost:\d+$/),
          region: 'us-east-1',
          accountId: '000000000000',
        });
        return runner;
      },
    });
    await putObject(cloud, 'incoming/a');
    for (const end = Date.now() + 5000; invocations.length === 0 && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(invocations.map(({ functionName }) => functionName)).toEqual([
      'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-processor',
    ]);
    const message = JSON.parse(invocations[0]!.payload) as { Records: { userIdentity: unknown; s3: unknown }[] };
    expect(message.Records).toMatchObject([
      {
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: localNames.inboxBucket },
          object: {
            key: 'incoming/a',
            size: 4,
            eTag: '841a2d689ad86bd1611447453c22c6fc',
            versionId: expect.any(String),
            sequencer: expect.stringMatching(/^[0-9A-F]{16,}$/),
          },
        },
      },
    ]);
  });

  it('obey faults that are set while it runs', async () => {
    const cloud = await start({ resources: notify(toQueue('WorkQueue', 'incoming/')) });
    const faults = (change: unknown) =>
      fetch(`${cloud.endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify(change) });
    expect((await faults({ lose: 1 })).status).toBe(200);
    await putObject(cloud, 'incoming/lost');
    expect((await faults({ lose: 0, double: 1 })).status).toBe(200);
    await putObject(cloud, 'incoming/doubled');
    // The first, without a key, is the test message.
    expect((await receive(cloud, localNames.workQueue, 3)).map(keyOf)).toEqual([
      undefined,
      'incoming/doubled',
      'incoming/doubled',
    ]);
    const status = await fetch(`${cloud.endpoint}/_everyfile/status`);
    expect(await status.json()).toMatchObject({
      notifications: { put: 2, delivered: 2, lost: 1, doubled: 1, pending: 0 },
      functions: {},
    });
    expect((await faults({ lose: 7 })).status).toBe(400);
    expect(cloud.lines).toEqual([
      'fault: lost ObjectCreated:Put of s3://everyfile-local-inbox/incoming/lost (event 1 of this object)',
      'fault: doubled ObjectCreated:Put of s3://everyfile-local-inbox/incoming/doubled (event 1 of this object)',
    ]);
  });

  it('come late, and out of order, once that is asked for while it runs', async () => {
    const cloud = await start({ resources: notify(toQueue('WorkQueue', 'incoming/')) });
    await receive(cloud, localNames.workQueue, 1);
    const change = JSON.stringify({ delayMs: 300, reorder: true, seed: 2 });
    expect((await fetch(`${cloud.endpoint}/_everyfile/faults`, { method: 'POST', body: change })).status).toBe(200);
    const keys = Array.from({ length: 8 }, (_, n) => `incoming/${n}`);
    for (const key of keys) await putObject(cloud, key);
    const arrived = (await receive(cloud, localNames.workQueue, keys.length)).map(keyOf);
    expect(arrived.toSorted()).toEqual(keys);
    expect(arrived).not.toEqual(keys);
  });

  it('that overlap refuse the start, and nothing is left running', async () => {
    const resources = notify(toQueue('WorkQueue', 'a/'), toQueue('WorkDlq', 'a/b/'));
    await expect(start({ resources })).rejects.toMatchObject({ name: 'NotificationConfigurationError' });
    await start();
  });
});
