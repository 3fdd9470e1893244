import { CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { localNames, localResources, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';

let cloud: TestCloud;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  const told = { Event: 's3:ObjectCreated:*', Queue: { 'Fn::GetAtt': ['ToldQueue', 'Arn'] } };
  const Properties = { BucketName: localNames.inboxBucket, NotificationConfiguration: { QueueConfigurations: [told] } };
  const resources = {
    ...localResources,
    ToldQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'told' } },
    InboxBucket: { Type: 'AWS::S3::Bucket', Properties },
  };
  cloud = await startTestCloud({ resources });
});
afterEach(() => change({ lose: 0, throttle: null, fail: null, cut: null, loseResponse: null }));
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.close();
});

const change = async (faults: unknown): Promise<{ status: number; body: unknown }> => {
  const url = `${cloud.endpoint}/_everyfile/faults`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(faults) });
  return { status: answer.status, body: await answer.json() };
};
const shown = async (): Promise<{ faults: Record<string, unknown>; made: Record<string, unknown>[] }> =>
  (await (await fetch(`${cloud.endpoint}/_everyfile/faults`)).json()) as never;

const kept = <Client extends { destroy(): void }>(client: Client): Client => {
  clients.push(client);
  return client;
};
/** One attempt a call, so that each fault is seen as it is. */
const once = (caller = 'test') => ({ ...cloud.clientConfig(caller), maxAttempts: 1 });
const s3 = (caller?: string) => kept(new S3Client({ ...once(caller), forcePathStyle: true }));
const dynamodb = (caller?: string) => kept(new DynamoDBClient(once(caller)));

const putItem = (id: string) => new PutItemCommand({ TableName: localNames.ledgerTable, Item: { id: { S: id } } });
const getItem = (id: string) =>
  new GetItemCommand({ TableName: localNames.ledgerTable, Key: { id: { S: id } }, ConsistentRead: true });
const putObject = (Key: string) => new PutObjectCommand({ Bucket: localNames.outputsBucket, Key, Body: 'body' });
const refusalOf = async (call: Promise<unknown>): Promise<[string, number | undefined]> => {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode];
  }
  return ['none', undefined];
};
const loggedOf = (caller: string) =>
  cloud.requestLog.read(0).entries.filter(({ accessKeyId }) => accessKeyId === caller);

describe('a throttled service', () => {
  const resources: Readonly<Record<string, string>> = {
    s3: `${localNames.outputsBucket}/throttled`,
    dynamodb: localNames.ledgerTable,
    sqs: localNames.workQueue,
    sns: 'everyfile-local-notices',
    lambda: 'processor',
    sts: '000000000000',
    logs: '/throttled',
    states: 'throttled',
  };

  it.each([
    ['s3', 'SlowDown', 503, () => s3().send(putObject('throttled'))],
    ['dynamodb', 'ProvisionedThroughputExceededException', 400, () => dynamodb().send(putItem('throttled'))],
    [
      'sqs',
      'RequestThrottled',
      400,
      () =>
        kept(new SQSClient(once())).send(
          new SendMessageCommand({ QueueUrl: cloud.queueUrl(localNames.workQueue), MessageBody: 'throttled' }),
        ),
    ],
    [
      'sns',
      'ThrottledException',
      429,
      () =>
        kept(new SNSClient(once())).send(
          new PublishCommand({ TopicArn: localNames.noticesTopicArn, Message: 'throttled' }),
        ),
    ],
    [
      'lambda',
      'TooManyRequestsException',
      429,
      () => kept(new LambdaClient(once())).send(new InvokeCommand({ FunctionName: 'processor' })),
    ],
    ['sts', 'Throttling', 400, () => kept(new STSClient(once())).send(new GetCallerIdentityCommand({}))],
    [
      'logs',
      'ThrottlingException',
      400,
      () => kept(new CloudWatchLogsClient(once())).send(new DescribeLogStreamsCommand({ logGroupName: '/throttled' })),
    ],
    [
      'states',
      'ThrottlingException',
      400,
      () =>
        kept(new SFNClient(once())).send(
          new StartExecutionCommand({
            stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:throttled`,
          }),
        ),
    ],
  ])('%s answers %s, and the call takes no effect', async (service, name, status, send) => {
    await change({ throttle: { [service]: 1 } });
    expect(await refusalOf(send())).toEqual([name, status]);
    expect((await shown()).made.at(-1)).toMatchObject({ fault: 'throttle', service, caller: 'test' });
    expect(loggedOf('test').at(-1)).toMatchObject({ service, status, resource: resources[service] });
    await change({ throttle: null });
    expect((await dynamodb().send(getItem('throttled'))).Item).toBeUndefined();
    expect(
      await refusalOf(s3().send(new HeadObjectCommand({ Bucket: localNames.outputsBucket, Key: 'throttled' }))),
    ).toEqual(['NotFound', 404]);
    for (const queue of [localNames.workQueue, localNames.noticesQueue]) {
      const command = new GetQueueAttributesCommand({ QueueUrl: cloud.queueUrl(queue), AttributeNames: ['All'] });
      const { Attributes } = await kept(new SQSClient(once())).send(command);
      expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0' });
    }
  });

  it('knows one caller and one operation from the others', async () => {
    await change({ throttle: { dynamodb: { share: 1, caller: 'processor', operation: 'PutItem' } } });
    expect(await refusalOf(dynamodb('processor').send(putItem('a')))).toEqual([
      'ProvisionedThroughputExceededException',
      400,
    ]);
    expect(await refusalOf(dynamodb('processor').send(getItem('a')))).toEqual(['none', undefined]);
    expect(await refusalOf(dynamodb('sweeper').send(putItem('a')))).toEqual(['none', undefined]);
  });

  it('is met by the SDK with its own retries, and stands in both logs', async () => {
    await change({ throttle: { dynamodb: { share: 1, times: 2 } } });
    const client = kept(new DynamoDBClient(cloud.clientConfig('patient')));
    await client.send(putItem('patient'));
    expect(loggedOf('patient').map(({ operation, status, errorCode }) => [operation, status, errorCode])).toEqual([
      ['PutItem', 400, 'ProvisionedThroughputExceededException'],
      ['PutItem', 400, 'ProvisionedThroughputExceededException'],
      ['PutItem', 200, undefined],
    ]);
    expect((await shown()).faults['throttle']).toEqual([{ service: 'dynamodb', share: 1, times: 2, made: 2 }]);
    expect(cloud.lines).toContain('fault: throttled dynamodb:PutItem of patient (call 1 of its kind)');
  });
});

describe('a service that fails', () => {
  const sqs = () => kept(new SQSClient(once()));
  const message = () =>
    new SendMessageCommand({ QueueUrl: cloud.queueUrl(localNames.workQueue), MessageBody: 'failed' });
  const publish = () => new PublishCommand({ TopicArn: localNames.noticesTopicArn, Message: 'failed' });
  it.each([
    ['s3', 'InternalError', () => s3().send(putObject('failed'))],
    ['dynamodb', 'InternalServerError', () => dynamodb().send(putItem('failed'))],
    ['sqs', 'InternalFailure', () => sqs().send(message())],
    ['sns', 'InternalFailure', () => kept(new SNSClient(once())).send(publish())],
    ['sts', 'InternalFailure', () => kept(new STSClient(once())).send(new GetCallerIdentityCommand({}))],
  ])('%s answers 500 %s, and the call takes no effect', async (service, name, send) => {
    await change({ fail: { [service]: 1 } });
    expect(await refusalOf(send())).toEqual([name, 500]);
    expect((await shown()).made.at(-1)).toMatchObject({ fault: 'fail', service, caller: 'test' });
    expect(loggedOf('test').at(-1)?.resource).not.toBe('');
    await change({ fail: null });
    expect((await dynamodb().send(getItem('failed'))).Item).toBeUndefined();
    const { Attributes } = await sqs().send(
      new GetQueueAttributesCommand({ QueueUrl: cloud.queueUrl(localNames.workQueue), AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0' });
  });
});

describe('a lost response', () => {
  it.each([
    ['an item', 'PutItem', () => dynamodb('loser').send(putItem('lost'))],
    ['an object', 'PutObject', () => s3('loser').send(putObject('lost'))],
    [
      'a message',
      'SendMessage',
      () =>
        kept(new SQSClient(once('loser'))).send(
          new SendMessageCommand({ QueueUrl: cloud.queueUrl(localNames.workQueue), MessageBody: 'lost' }),
        ),
    ],
    [
      'a notice',
      'Publish',
      () =>
        kept(new SNSClient(once('loser'))).send(
          new PublishCommand({ TopicArn: localNames.noticesTopicArn, Message: 'lost' }),
        ),
    ],
  ])('of %s: it took effect, and the connection ends', async (_what, operation, send) => {
    await change({ loseResponse: { caller: 'loser', operation } });
    await expect(send()).rejects.toThrow('socket hang up');
    expect(loggedOf('loser').at(-1)).toMatchObject({ operation, status: 200 });
    expect((await shown()).made.at(-1)).toMatchObject({ fault: 'loseResponse', caller: 'loser', operation });
  });

  it('of a download: not a byte of it comes', async () => {
    await s3().send(putObject('download'));
    await change({ loseResponse: { operation: 'GetObject' } });
    const get = new GetObjectCommand({ Bucket: localNames.outputsBucket, Key: 'download' });
    await expect(s3().send(get)).rejects.toThrow('socket hang up');
  });

  it('leaves the effects where they are', async () => {
    expect((await dynamodb().send(getItem('lost'))).Item).toEqual({ id: { S: 'lost' } });
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: localNames.outputsBucket, Key: 'lost' }));
    expect(await Body?.transformToString()).toBe('body');
    for (const queue of [localNames.workQueue, localNames.noticesQueue]) {
      const command = new GetQueueAttributesCommand({ QueueUrl: cloud.queueUrl(queue), AttributeNames: ['All'] });
      const { Attributes } = await kept(new SQSClient(once())).send(command);
      expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '1' });
    }
  });

  it('meets the same calls again when the same faults are asked for again', async () => {
    const client = dynamodb('gambler');
    const run = async (): Promise<string[]> => {
      await change({ seed: 7, loseResponse: { caller: 'gambler', share: 0.3 } });
      const names: string[] = [];
      for (let n = 0; n < 40; n += 1) {
        names.push(
          await client.send(putItem(`gamble-${n}`)).then(
            () => 'answered',
            () => 'lost',
          ),
        );
      }
      return names;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set(['answered', 'lost']));
    expect(await run()).toEqual(first);
  });
});

describe('the route', () => {
  it.each([
    ['the seed', () => change({ seed: 7 })],
    ['the faults', () => change({ lose: 0.5, loseResponse: { caller: 'repeater', share: 0.5 } })],
  ])('begins anew with %s, of events and of calls, be they the same as before', async (_what, again) => {
    const client = s3('repeater');
    const Bucket = localNames.inboxBucket;
    const run = async (begin: () => Promise<unknown>) => {
      const { made: before } = await shown();
      await begin();
      for (let n = 0; n < 12; n += 1) {
        // A lost response is part of the run.
        await client.send(new PutObjectCommand({ Bucket, Key: 'repeated', Body: 'body' })).catch(() => undefined);
      }
      const { made } = await shown();
      return made.slice(before.length).map(({ fault, occurrence }) => [fault, occurrence]);
    };
    const first = await run(() => change({ lose: 0.5, loseResponse: { caller: 'repeater', share: 0.5 }, seed: 7 }));
    const faults = new Set(first.map(([fault]) => fault));
    expect(faults).toEqual(new Set(['lose', 'loseResponse']));
    expect(await run(again)).toEqual(first);
  });

  it('leaves the counts of calls alone when only faults of events are set', async () => {
    await change({ throttle: { dynamodb: { share: 1, times: 1 } } });
    await refusalOf(dynamodb().send(putItem('spent')));
    await change({ lose: 0 });
    expect(await refusalOf(dynamodb().send(putItem('spent')))).toEqual(['none', undefined]);
  });

  it('refuses by name, and changes nothing then', async () => {
    await change({ throttle: { sqs: 0.5 } });
    expect(await change({ lose: 0.1, cut: { function: 'processor', atCall: 1 } })).toEqual({
      status: 400,
      body: { message: expect.stringContaining('cut.function is one of') },
    });
    expect((await shown()).faults).toMatchObject({ lose: 0, throttle: [{ service: 'sqs', share: 0.5, made: 0 }] });
  });
});

it('refuses faults from the start by name, and leaves nothing running', async () => {
  await expect(startTestCloud({ faults: { throttle: { s3: 2 } } })).rejects.toMatchObject({
    name: 'FaultError',
    message: expect.stringContaining('throttle.s3'),
  });
});
