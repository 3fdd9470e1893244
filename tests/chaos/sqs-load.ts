import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Resources } from '../../offline/contracts.ts';
import type { CloudProcess } from '../support/cloud-process.ts';
import { localNames } from '../support/local-cloud.ts';
import { clientConfig, type Load } from './load.ts';

const movedQueue = 'moved';
const takenQueue = 'taken';

/** A queue whose messages move to the dead letters at their second receive, and one whose messages are deleted. */
export const chaosQueues: Resources = {
  MovedQueue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: movedQueue,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['WorkDlq', 'Arn'] }, maxReceiveCount: 1 },
    },
  },
  TakenQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: takenQueue } },
};

const urlOf = ({ endpoint }: CloudProcess, queue: string) => `${endpoint}/000000000000/${queue}`;

/** Every message of a queue, deleted once they are counted: the next kill has its own messages. */
const receiveAll = async (sqs: SQSClient, QueueUrl: string): Promise<string[]> => {
  const received: { body: string; handle: string }[] = [];
  for (;;) {
    const command = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(command));
    if (Messages.length === 0) break;
    received.push(...Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, handle: ReceiptHandle })));
  }
  for (const { handle } of received) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle }));
  return received.map(({ body }) => body);
};

/** Messages that are sent, moved to the dead letters, and deleted. Each is in one place, whenever the kill comes. */
export const createSqsLoad = (): Load => {
  const sent = { moved: new Set<string>(), taken: new Set<string>() };
  const unsure = new Set<string>();
  const deleted = new Set<string>();
  let number = 0;
  let acknowledged = 0;
  let movedCount = 0;

  const send = async (sqs: SQSClient, QueueUrl: string, known: Set<string>) => {
    const body = `message ${(number += 1)}`;
    unsure.add(body);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
    unsure.delete(body);
    known.add(body);
    acknowledged += 1;
  };

  return {
    service: 'SQS',
    senders(cloud) {
      const sqs = new SQSClient(clientConfig(cloud));
      const [moved, taken] = [urlOf(cloud, movedQueue), urlOf(cloud, takenQueue)];
      return [
        () => send(sqs, moved, sent.moved),
        () => send(sqs, taken, sent.taken),
        async () => {
          const command = { QueueUrl: moved, VisibilityTimeout: 0, MaxNumberOfMessages: 10 };
          await sqs.send(new ReceiveMessageCommand(command));
        },
        async () => {
          // In sight at once again: a kill between the two calls hides no message from the check.
          const command = { QueueUrl: taken, VisibilityTimeout: 0 };
          const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(command));
          for (const { Body = '', ReceiptHandle } of Messages) {
            unsure.add(Body);
            await sqs.send(new DeleteMessageCommand({ QueueUrl: taken, ReceiptHandle }));
            sent.taken.delete(Body);
            deleted.add(Body);
            acknowledged += 1;
          }
        },
      ];
    },
    async check(cloud) {
      const sqs = new SQSClient(clientConfig(cloud));
      const inDeadLetters = await receiveAll(sqs, urlOf(cloud, localNames.workDlq));
      const found = [
        ...inDeadLetters,
        ...(await receiveAll(sqs, urlOf(cloud, movedQueue))),
        // Those that met their second receive just now, and moved at it.
        ...(await receiveAll(sqs, urlOf(cloud, localNames.workDlq))),
      ];
      const left = await receiveAll(sqs, urlOf(cloud, takenQueue));
      movedCount += inDeadLetters.length;
      const all = [...found, ...left];
      expect(all.filter((body, index) => all.indexOf(body) !== index)).toEqual([]);
      expect([...sent.moved].filter((body) => !found.includes(body))).toEqual([]);
      expect([...sent.taken].filter((body) => !left.includes(body) && !unsure.has(body))).toEqual([]);
      expect(all.filter((body) => deleted.has(body))).toEqual([]);
      expect(all.filter((body) => !sent.moved.has(body) && !sent.taken.has(body) && !unsure.has(body))).toEqual([]);
      expect(movedCount).toBeGreaterThan(0);
      for (const known of [sent.moved, sent.taken, unsure]) known.clear();
      sqs.destroy();
    },
    acknowledged: () => acknowledged,
  };
};
