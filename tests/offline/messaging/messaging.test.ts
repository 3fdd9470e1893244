import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { localNames, localResources, startTestCloud } from '../../support/local-cloud.ts';
import type { TestCloud } from '../../support/local-cloud.ts';

let cloud: TestCloud;
let sqs: SQSClient;
let sns: SNSClient;

beforeAll(async () => {
  const quick = { QueueName: 'quick', VisibilityTimeout: 30, RedrivePolicy: redriveTo('WorkDlq', 1) };
  cloud = await startTestCloud({
    resources: { ...localResources, QuickQueue: { Type: 'AWS::SQS::Queue', Properties: quick } },
  });
  sqs = new SQSClient(cloud.clientConfig('relay'));
  sns = new SNSClient(cloud.clientConfig('processor'));
});
afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await cloud.close();
});

const redriveTo = (logicalId: string, maxReceiveCount: number) => ({
  deadLetterTargetArn: { 'Fn::GetAtt': [logicalId, 'Arn'] },
  maxReceiveCount,
});

const receive = async (queue: string, options: Partial<ReceiveMessageCommandInput> = {}) => {
  const QueueUrl = cloud.queueUrl(queue);
  const command = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], ...options });
  return (await sqs.send(command)).Messages ?? [];
};
const send = (queue: string, MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl: cloud.queueUrl(queue), MessageBody }));
const remove = (queue: string, ReceiptHandle = '') =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: cloud.queueUrl(queue), ReceiptHandle }));

describe('a queue', () => {
  it('has a URL at the endpoint, and the attributes of the template', async () => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: localNames.workQueue }));
    expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/everyfile-local-work`);
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes?.['QueueArn']).toBe('arn:aws:sqs:us-east-1:000000000000:everyfile-local-work');
    expect(JSON.parse(Attributes?.['RedrivePolicy'] ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:everyfile-local-work-dlq',
      maxReceiveCount: 5,
    });
  });

  it('takes ten in a batch and gives each once', async () => {
    const QueueUrl = cloud.queueUrl(localNames.workQueue);
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: String(n), MessageBody: `message ${n}` }));
    const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful).toHaveLength(10);
    const received = await receive(localNames.workQueue, { MaxNumberOfMessages: 10 });
    expect(received.map(({ Body }) => Body).sort()).toEqual(Entries.map(({ MessageBody }) => MessageBody));
    expect(await receive(localNames.workQueue)).toEqual([]);
    const handles = received.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
    expect(deleted.Successful).toHaveLength(10);
  });

  it('carries every character that AWS allows, emoji among them, and refuses the others', async () => {
    const body = 'incoming/日本 🎈 名 + %41 "\u{1F9FE}" \t\r\n';
    await send(localNames.workQueue, body);
    const [message] = await receive(localNames.workQueue);
    expect(message?.Body).toBe(body);
    await remove(localNames.workQueue, message?.ReceiptHandle);
    await expect(send(localNames.workQueue, 'a\u0001b')).rejects.toMatchObject({ name: 'InvalidMessageContents' });
  });

  it('answers a long poll as soon as a message comes', async () => {
    const polling = receive(localNames.workQueue, { WaitTimeSeconds: 20 });
    await send(localNames.workQueue, 'awaited');
    const [message] = await polling;
    expect(message?.Body).toBe('awaited');
    await remove(localNames.workQueue, message?.ReceiptHandle);
  });

  it('ends a long poll empty when its time is over', async () => {
    expect(await receive(localNames.workQueue, { WaitTimeSeconds: 1 })).toEqual([]);
  });

  it('gives a message back at once when its visibility ends, and counts the receive', async () => {
    await send(localNames.workQueue, 'returned');
    const [first] = await receive(localNames.workQueue);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: cloud.queueUrl(localNames.workQueue),
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    const [second] = await receive(localNames.workQueue);
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.Attributes?.['ApproximateReceiveCount']).toBe('2');
    await remove(localNames.workQueue, second?.ReceiptHandle);
  });

  it('moves a message to the dead-letter queue after its last receive', async () => {
    await send('quick', 'poison');
    const [first] = await receive('quick', { VisibilityTimeout: 0 });
    expect(first?.Body).toBe('poison');
    expect(await receive('quick')).toEqual([]);
    const [dead] = await receive(localNames.workDlq, { WaitTimeSeconds: 2 });
    expect(dead?.Body).toBe('poison');
    await remove(localNames.workDlq, dead?.ReceiptHandle);
  });

  it('is refused by name when it does not exist', async () => {
    await expect(send('nowhere', 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('tells a client of the old query protocol what to do', async () => {
    const scope =
      'AWS4-HMAC-SHA256 Credential=old/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(cloud.queueUrl('quick'), {
      method: 'POST',
      headers: { authorization: scope, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=SendMessage&MessageBody=x',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: 'UnsupportedProtocol',
      message: expect.stringContaining('newer SDK'),
    });
  });
});

describe('a topic', () => {
  it('delivers to its queue in an envelope', async () => {
    const TopicArn = localNames.noticesTopicArn;
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: 'done',
        Message: '{"n":1}',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
      }),
    );
    const [message] = await receive(localNames.noticesQueue, { WaitTimeSeconds: 2 });
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'done',
      Message: '{"n":1}',
      MessageAttributes: { kind: { Type: 'String', Value: 'test' } },
    });
    await remove(localNames.noticesQueue, message?.ReceiptHandle);
  });

  it('takes a batch', async () => {
    const entries = ['a', 'b'].map((Id) => ({ Id, Message: `message ${Id}` }));
    const command = new PublishBatchCommand({
      TopicArn: localNames.noticesTopicArn,
      PublishBatchRequestEntries: entries,
    });
    expect((await sns.send(command)).Successful).toHaveLength(2);
    const received = await receive(localNames.noticesQueue, { MaxNumberOfMessages: 10, WaitTimeSeconds: 2 });
    expect(received.map(({ Body }) => (JSON.parse(Body ?? '') as { Message: string }).Message).sort()).toEqual([
      'message a',
      'message b',
    ]);
    for (const { ReceiptHandle } of received) await remove(localNames.noticesQueue, ReceiptHandle);
  });

  it('is refused by name when it does not exist', async () => {
    const TopicArn = 'arn:aws:sns:us-east-1:000000000000:nowhere';
    await expect(sns.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });
});

describe('the request log', () => {
  it('has the caller, the operation, the queue or topic, and the error', async () => {
    const { next } = cloud.requestLog.read(0);
    await send(localNames.workDlq, 'logged');
    await send('nowhere', 'x').catch(() => undefined);
    await sns.send(new PublishCommand({ TopicArn: localNames.noticesTopicArn, Message: 'logged' }));
    expect(cloud.requestLog.read(next).entries).toMatchObject([
      {
        accessKeyId: 'relay',
        service: 'sqs',
        operation: 'SendMessage',
        resource: 'everyfile-local-work-dlq',
        status: 200,
      },
      { operation: 'SendMessage', resource: 'nowhere', status: 400, errorCode: 'QueueDoesNotExist' },
      {
        accessKeyId: 'processor',
        service: 'sns',
        operation: 'Publish',
        resource: 'everyfile-local-notices',
        status: 200,
      },
    ]);
  });
});

describe('what outlasts a run', () => {
  it('is every message, in flight or not, at the new address; a long poll is cut', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
    try {
      const first = await startTestCloud({ directory });
      const client = new SQSClient({ ...first.clientConfig(), maxAttempts: 1 });
      const QueueUrl = first.queueUrl(localNames.workQueue);
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 1 }));
      const polling = client.send(
        new ReceiveMessageCommand({ QueueUrl: first.queueUrl(localNames.workDlq), WaitTimeSeconds: 20 }),
      );
      const cut = expect(polling).rejects.toThrow();
      await new Promise((resolve) => setImmediate(resolve));
      await first.close();
      await cut;
      client.destroy();

      const second = await startTestCloud({ directory });
      const again = new SQSClient(second.clientConfig());
      const { QueueUrl: url } = await again.send(new GetQueueUrlCommand({ QueueName: localNames.workQueue }));
      expect(url).toBe(second.queueUrl(localNames.workQueue));
      const bodies: (string | undefined)[] = [];
      while (bodies.length < 2) {
        const answer = await again.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }));
        bodies.push(...(answer.Messages ?? []).map(({ Body }) => Body));
      }
      expect(bodies).toEqual(['kept', 'later']);
      again.destroy();
      await second.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
