import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { MessageAttributeValue, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';

let cloud: TestCloud;
let sqs: SQSClient;
let QueueUrl: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  sqs = new SQSClient(cloud.clientConfig());
  QueueUrl = cloud.queueUrl(localNames.workQueue);
});
afterAll(async () => {
  sqs.destroy();
  await cloud.close();
});

const refusalOf = async (call: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> => {
  const error = (await call.then(
    () => ({ name: 'none', message: '' }),
    (refusal: unknown) => refusal,
  )) as Error & { $metadata?: { httpStatusCode?: number } };
  return { name: error.name, status: error.$metadata?.httpStatusCode, message: error.message };
};
const send = (message: Partial<SendMessageCommandInput>) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'body', ...message }));
const receive = async (VisibilityTimeout?: number) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout }))).Messages ?? [];
const remove = (ReceiptHandle?: string) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

describe('a receipt handle', () => {
  const message = 'The input receipt handle "nonsense" is not a valid receipt handle.';

  it('that is none is refused by each call that takes one', async () => {
    const refused = { name: 'ReceiptHandleIsInvalid', status: 400, message };
    expect(await refusalOf(remove('nonsense'))).toEqual(refused);
    const change = { QueueUrl, ReceiptHandle: 'nonsense', VisibilityTimeout: 0 };
    expect(await refusalOf(sqs.send(new ChangeMessageVisibilityCommand(change)))).toEqual(refused);
    expect(cloud.requestLog.read(0).entries.at(-1)).toMatchObject({
      operation: 'ChangeMessageVisibility',
      resource: localNames.workQueue,
      status: 400,
      errorCode: 'ReceiptHandleIsInvalid',
    });
  });

  it('that is none fails alone in a batch, and the others are deleted', async () => {
    await send({});
    const [received] = await receive();
    const handles = { good: received?.ReceiptHandle, bad: 'nonsense', stale: randomUUID() };
    const Entries = Object.entries(handles).map(([Id, ReceiptHandle]) => ({ Id, ReceiptHandle }));
    const { Successful, Failed } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful).toEqual([{ Id: 'good' }, { Id: 'stale' }]);
    const failed = { Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: message };
    expect(Failed).toEqual([failed]);
    const change = { Id: 'bad', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 };
    const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [change] }));
    expect(changed).toMatchObject({ Successful: [], Failed: [failed] });
  });

  it('that was one is taken, and deletes nothing', async () => {
    await send({});
    const [stale] = await receive(0);
    const [fresh] = await receive();
    await remove(stale?.ReceiptHandle);
    await remove(fresh?.ReceiptHandle);
    await remove(fresh?.ReceiptHandle);
    expect(await receive()).toEqual([]);
  });
});

describe('a message', () => {
  const one = (value: MessageAttributeValue) => ({ MessageAttributes: { a: value } });
  const eleven = Object.fromEntries(
    Array.from({ length: 11 }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'x' }]),
  );
  const refused: [string, Partial<SendMessageCommandInput>, string, string?][] = [
    ['a delay of 901 seconds', { DelaySeconds: 901 }, 'DelaySeconds must be >= 0 and <= 900'],
    ['a delay below none', { DelaySeconds: -1 }, 'Value -1 for parameter DelaySeconds is invalid'],
    ['eleven attributes', { MessageAttributes: eleven }, 'attributes [11] exceeds the allowed maximum [10]'],
    [
      'an empty text',
      one({ DataType: 'String', StringValue: '' }),
      "'a' must contain a non-empty value of type 'String'",
    ],
    ['no value', one({ DataType: 'Number' }), "'a' must contain a non-empty value of type 'Number'"],
    ['no bytes', one({ DataType: 'Binary', BinaryValue: new Uint8Array() }), "non-empty value of type 'Binary'"],
    [
      'a number that is none',
      one({ DataType: 'Number', StringValue: '1x' }),
      "Can't cast the value of message (user) attribute 'a'",
    ],
    [
      'a type that is none',
      one({ DataType: 'Text', StringValue: 'x' }),
      'supported type prefixes: Binary, Number, String',
    ],
    ['an empty type', one({ DataType: '', StringValue: 'x' }), "'a' must contain non-empty message attribute type"],
    ['an empty body', { MessageBody: '' }, 'The request must contain the parameter MessageBody', 'MissingParameter'],
  ];

  it.each(refused)('with %s is refused', async (_what, message, words, name = 'InvalidParameterValue') => {
    expect(await refusalOf(send(message))).toEqual({ name, status: 400, message: expect.stringContaining(words) });
    expect(await receive()).toEqual([]);
  });

  it.each(refused)('with %s fails alone in a batch', async (_what, message, words, Code = 'InvalidParameterValue') => {
    const Entries = [
      { Id: 'first', MessageBody: 'first' },
      { Id: 'bad', MessageBody: 'bad', ...message },
      { Id: 'last', MessageBody: 'last', DelaySeconds: 0 },
    ];
    const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['first', 'last']);
    expect(Failed).toEqual([{ Id: 'bad', SenderFault: true, Code, Message: expect.stringContaining(words) }]);
    const received = await receive();
    expect(received.map(({ Body }) => Body)).toEqual(['first', 'last']);
    for (const { ReceiptHandle } of received) await remove(ReceiptHandle);
  });

  it('of which a batch holds only such ones is told so for each, and a batch to nowhere is refused whole', async () => {
    const bad = { Id: 'bad', MessageBody: '' };
    expect(await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [bad] }))).toMatchObject({
      Successful: [],
      Failed: [{ Id: 'bad', Code: 'MissingParameter' }],
    });
    const toNowhere = new SendMessageBatchCommand({ QueueUrl: cloud.queueUrl('nowhere'), Entries: [bad] });
    expect(await refusalOf(sqs.send(toNowhere))).toMatchObject({ name: 'QueueDoesNotExist', status: 400 });
    const twins = new SendMessageBatchCommand({ QueueUrl, Entries: [bad, bad] });
    expect(await refusalOf(sqs.send(twins))).toMatchObject({ name: 'BatchEntryIdsNotDistinct', status: 400 });
  });

  it('with all that is allowed is taken: ten attributes, of every type, with a label of their own', async () => {
    const values: MessageAttributeValue[] = [
      { DataType: 'String', StringValue: ' ' },
      { DataType: 'String.email', StringValue: 'x' },
      { DataType: 'Number', StringValue: '-1.5e3' },
      { DataType: 'Number.int', StringValue: '007' },
      { DataType: 'Binary.png', BinaryValue: new Uint8Array([0]) },
    ];
    const MessageAttributes = Object.fromEntries([...values, ...values].map((value, n) => [`a${n}`, value]));
    await send({ MessageAttributes, DelaySeconds: 0 });
    await send({ DelaySeconds: 900 });
    const [received] = await receive();
    await remove(received?.ReceiptHandle);
  });
});

describe('a queue', () => {
  it.each(['a b', 'a.b', 'x'.repeat(81), 'ü', 'a/b'])('named %j is not created', async (QueueName) => {
    expect(await refusalOf(sqs.send(new CreateQueueCommand({ QueueName })))).toEqual({
      name: 'InvalidParameterValue',
      status: 400,
      message: 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    });
  });

  it.each(['x'.repeat(80), 'a-B_9', `${'x'.repeat(75)}.fifo`])('named %j is', async (QueueName) => {
    const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName }));
    expect(url).toBe(cloud.queueUrl(QueueName));
  });

  it('whose dead letters would go to a queue that is not there is refused, and changed as little', async () => {
    const redriveTo = (queue: string) =>
      JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`, maxReceiveCount: 1 });
    const message = expect.stringMatching(
      /^Value \{.*nowhere.*\} for parameter RedrivePolicy is invalid\. Reason: Dead letter target does not exist\.$/,
    );
    const refused = { name: 'InvalidParameterValue', status: 400, message };
    const Attributes = { RedrivePolicy: redriveTo('nowhere') };
    expect(await refusalOf(sqs.send(new CreateQueueCommand({ QueueName: 'redriving', Attributes })))).toEqual(refused);
    const { name } = await refusalOf(sqs.send(new GetQueueUrlCommand({ QueueName: 'redriving' })));
    expect(name).toBe('QueueDoesNotExist');
    expect(await refusalOf(sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })))).toEqual(refused);
    for (const RedrivePolicy of [redriveTo(localNames.workDlq), '']) {
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
    }
  });
});
