import { DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { CloudProcess } from '../support/cloud-process.ts';
import { localNames } from '../support/local-cloud.ts';
import { clientConfig, type Load } from './load.ts';

const TableName = localNames.ledgerTable;
const writers = 6;

/** What one writer knows of its item: the last acknowledged write, and the one that may or may not have happened. */
type Known = { acknowledged: number; sent: number };

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

const scanAll = async (client: DynamoDBClient, IndexName?: string) => {
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client }, { TableName, IndexName })) items.push(...(page.Items ?? []));
  return items;
};

/** Counters that go in and out of a sparse index. */
export const createDynamoDbLoad = (): Load => {
  const known: Known[] = Array.from({ length: writers }, () => ({ acknowledged: 0, sent: 0 }));
  let acknowledged = 0;
  return {
    service: 'DynamoDB',
    senders(cloud: CloudProcess) {
      const dynamodb = new DynamoDBClient(clientConfig(cloud));
      return known.map((item, index) => async () => {
        item.sent = item.acknowledged + 1;
        await write(dynamodb, `item-${index}`, item.sent);
        item.acknowledged = item.sent;
        acknowledged += 1;
      });
    },
    async check(cloud) {
      const dynamodb = new DynamoDBClient(clientConfig(cloud));
      const items = await scanAll(dynamodb);
      const indexed = new Set((await scanAll(dynamodb, 'open')).map(({ id }) => id?.S));
      for (const [index, item] of known.entries()) {
        const found = items.find(({ id }) => id?.S === `item-${index}`);
        const n = Number(found?.['n']?.N ?? 0);
        const isOpen = n % 2 === 1;
        expect([item.acknowledged, item.sent]).toContain(n);
        expect({ index, n, open: found?.['open'] !== undefined }).toEqual({ index, n, open: isOpen });
        expect({ index, n, inIndex: indexed.has(`item-${index}`) }).toEqual({ index, n, inIndex: isOpen });
        item.acknowledged = n;
      }
      dynamodb.destroy();
    },
    acknowledged: () => acknowledged,
  };
};
