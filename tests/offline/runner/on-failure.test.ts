import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { startCloud, type Cloud } from '../../../offline/cloud.ts';
import { createOnFailureDelivery } from '../../../offline/runner/on-failure.ts';
import { createRunner } from '../../../offline/runner/runner.ts';
import { openWorkshop, until, type Workshop } from './support.ts';

let workshop: Workshop;
let directory: string;
let cloud: Cloud;
const arn = (service: string, name: string): string => `arn:aws:${service}:us-east-1:000000000000:${name}`;

beforeAll(async () => {
  workshop = await openWorkshop();
  directory = await mkdtemp(join(tmpdir(), 'everyfile-on-failure-'));
  const thrower = `async () => { throw new Error('never'); }`;
  const dying = (key: string, onFailureArn: string) =>
    workshop.makeFunction(key, thrower, { onFailureArn, maximumRetryAttempts: 0 });
  const functions = await Promise.all([
    dying('toQueue', arn('sqs', 'failed')),
    dying('toTopic', arn('sns', 'told')),
    dying('toFunction', arn('lambda', 'function:everyfile-local-mourner')),
    dying('toNowhere', arn('sqs', 'absent')),
    workshop.makeFunction('mourner', 'async (record) => console.log(record.responsePayload.errorMessage)'),
  ]);
  cloud = await startCloud({
    directory,
    port: 0,
    stage: 'local',
    functions,
    resources: {
      Failed: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failed' } },
      Told: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'told' } },
      Heard: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'heard' } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Told' }, Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Heard', 'Arn'] } },
      },
    },
    createRunner: (place) =>
      createRunner({
        ...place,
        functions,
        onFailure: createOnFailureDelivery(place, () => cloud.runner),
        log: (line) => log.push(line),
      }),
    log: () => undefined,
  });
});
const log: string[] = [];
afterAll(async () => {
  await cloud.close();
  await workshop.close();
  await rm(directory, { recursive: true, force: true });
});

const receive = async (queue: string): Promise<string> => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials });
  const QueueUrl = `${cloud.endpoint}/000000000000/${queue}`;
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  return Messages?.[0]?.Body ?? '';
};
const fail = (functionName: string): void => cloud.runner.invokeAsync({ functionName, payload: '{"file":1}' });

it('the record of a failed event reaches a queue', async () => {
  fail('toQueue');
  expect(JSON.parse(await receive('failed'))).toMatchObject({
    requestPayload: { file: 1 },
    responsePayload: { errorMessage: 'never' },
  });
});

it('and a topic', async () => {
  fail('toTopic');
  const { Message } = JSON.parse(await receive('heard')) as { Message: string };
  expect(JSON.parse(Message)).toMatchObject({ requestPayload: { file: 1 } });
});

it('and another function', async () => {
  fail('toFunction');
  await until('the other function has run', () => cloud.runner.status()['mourner']?.invocations === 1);
});

it('a record that cannot be delivered is told, with the event it is about', async () => {
  fail('toNowhere');
  await until('it is told', () => log.some((line) => /^toNowhere: the event [0-9a-f-]{36} is lost: /.test(line)));
});
