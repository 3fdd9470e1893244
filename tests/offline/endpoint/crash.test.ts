import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createRandom } from '../../../offline/notifications/random.ts';
import { startCloudProcess } from '../../support/cloud-process.ts';
import type { CloudProcess } from '../../support/cloud-process.ts';
import { localNames, localResources } from '../../support/local-cloud.ts';

const rounds = 3;
const writers = 6;
const TableName = localNames.ledgerTable;
const movedQueue = 'moved';
const resources = {
  ...localResources,
  MovedQueue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: movedQueue,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['WorkDlq', 'Arn'] }, maxReceiveCount: 1 },
    },
  },
};

/** What one writer knows of its item: the last acknowledged write, and the one that may or may not have happened. */
type Known = { acknowledged: number; sent: number };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ kill }) => kill()));
  await rm(directory, { recursive: true, force: true });
});
const processes: CloudProcess[] = [];
const start = async (): Promise<CloudProcess> => {
  const cloud = await startCloudProcess(directory, resources);
  processes.push(cloud);
  return cloud;
};

const clientsOf = ({ endpoint }: CloudProcess) => {
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  return { dynamodb: new DynamoDBClient(config), sqs: new SQSClient(config) };
};
const queueUrl = ({ endpoint }: CloudProcess, queue: string) => `${endpoint}/000000000000/${queue}`;

/** An item is in the sparse index after every write of an odd number, and out of it after an even one. */
const write = (dynamodb: DynamoDBClient, id: string, n: number) =>
  dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: id } },
      UpdateExpression: n % 2 === 1 ? 'SET n = :n, #open = :open' : 'SET n = :n REMOVE #open',
      ExpressionAttributeNames: { '#open': 'open' },
      ExpressionAttributeValues: { ':n': { N: String(n) }, ...(n % 2 === 1 ? { ':open': { S: 'a' } } : {}) },
    }),
  );

const scanAll = async (dynamodb: DynamoDBClient, IndexName?: string) => {
  const items: Record<string, AttributeValue>[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(new ScanCommand({ TableName, IndexName, ExclusiveStartKey: start }));
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
};

const receiveAll = async (cloud: CloudProcess, sqs: SQSClient, queue: string): Promise<string[]> => {
  const bodies: string[] = [];
  for (;;) {
    const command = { QueueUrl: queueUrl(cloud, queue), MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(command));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => Body ?? ''));
  }
};

describe('a cloud that is killed', () => {
  it('has every acknowledged write, no half of one, and an index that agrees with its table', async () => {
    const random = createRandom('crash 1');
    const known: Known[] = Array.from({ length: writers }, () => ({ acknowledged: 0, sent: 0 }));
    const messages = new Set<string>();
    const unsure = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const cloud = await start();
      const { dynamodb, sqs } = clientsOf(cloud);
      let leftToAcknowledge = 100 + Math.floor(random() * 300);
      let ended = false;
      const isEnded = (): boolean => ended;
      let enough: () => void;
      const acknowledgedEnough = new Promise<void>((resolve) => {
        enough = resolve;
      });
      /** Works until the cloud is killed under it; an error while it lives is the test's. */
      const until = async (work: () => Promise<void>): Promise<void> => {
        while (!isEnded()) {
          try {
            await work();
          } catch (error) {
            if (!isEnded()) throw error;
          }
          leftToAcknowledge -= 1;
          if (leftToAcknowledge === 0) enough();
        }
      };
      const work = [
        ...known.map((item, index) =>
          until(async () => {
            item.sent = item.acknowledged + 1;
            await write(dynamodb, `item-${index}`, item.sent);
            item.acknowledged = item.sent;
          }),
        ),
        until(async () => {
          const body = `message ${messages.size + unsure.size}`;
          unsure.add(body);
          await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(cloud, movedQueue), MessageBody: body }));
          unsure.delete(body);
          messages.add(body);
        }),
        until(async () => {
          const QueueUrl = queueUrl(cloud, movedQueue);
          await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MaxNumberOfMessages: 10 }));
        }),
      ];
      await Promise.race([acknowledgedEnough, Promise.all(work)]);
      ended = true;
      await cloud.kill();
      await Promise.all(work);
      dynamodb.destroy();
      sqs.destroy();

      const again = await start();
      const after = clientsOf(again);
      const items = await scanAll(after.dynamodb);
      const open = new Set((await scanAll(after.dynamodb, 'open')).map(({ id }) => id?.S));
      for (const [index, item] of known.entries()) {
        const found = items.find(({ id }) => id?.S === `item-${index}`);
        const n = Number(found?.['n']?.N ?? 0);
        expect([item.acknowledged, item.sent]).toContain(n);
        expect({ index, n, open: found?.['open'] !== undefined }).toEqual({ index, n, open: n % 2 === 1 });
        expect({ index, n, inIndex: open.has(`item-${index}`) }).toEqual({ index, n, inIndex: n % 2 === 1 });
        item.acknowledged = n;
      }
      if (round === rounds - 1) {
        const left = await receiveAll(again, after.sqs, movedQueue);
        const moved = await receiveAll(again, after.sqs, localNames.workDlq);
        expect(moved.length).toBeGreaterThan(0);
        const all = [...left, ...moved];
        expect(new Set(all).size).toBe(all.length);
        expect([...messages].filter((body) => !all.includes(body))).toEqual([]);
        expect(all.filter((body) => !messages.has(body) && !unsure.has(body))).toEqual([]);
      }
      after.dynamodb.destroy();
      after.sqs.destroy();
      await again.kill();
    }
    expect(known.every(({ acknowledged }) => acknowledged > 0)).toBe(true);
    expect(messages.size).toBeGreaterThan(0);
  }, 120_000);
});
