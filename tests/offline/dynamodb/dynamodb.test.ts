import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { localNames, startTestCloud } from '../../support/local-cloud.ts';
import type { TestCloud } from '../../support/local-cloud.ts';

let cloud: TestCloud;
let client: DynamoDBClient;
const TableName = localNames.ledgerTable;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = new DynamoDBClient(cloud.clientConfig());
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

const put = (item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName, Item: item }));
const get = async (id: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }))).Item;

const claimCondition =
  'attribute_not_exists(#status) OR #status IN (:superseded, :gone) OR (attempts < :max AND ' +
  '((#status = :retry AND nextAttemptAt <= :now) OR (#status = :processing AND leaseUntil < :nowMinusSkew)))';

const claim = (id: string, nonce: string, now = 1000): UpdateItemCommandInput => ({
  TableName,
  Key: { id: { S: id } },
  ConditionExpression: claimCondition,
  UpdateExpression:
    'SET #status = :processing, #owner = :nonce, fence = if_not_exists(fence, :zero) + :one, ' +
    'attempts = if_not_exists(attempts, :zero) + :one, leaseUntil = :lease, ' +
    'firstSeenAt = if_not_exists(firstSeenAt, :now) REMOVE sentAt, sends, nextAttemptAt',
  ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
  ExpressionAttributeValues: {
    ':superseded': { S: 'SUPERSEDED' },
    ':gone': { S: 'GONE' },
    ':retry': { S: 'RETRY' },
    ':processing': { S: 'PROCESSING' },
    ':max': { N: '5' },
    ':now': { N: String(now) },
    ':nowMinusSkew': { N: String(now - 10) },
    ':lease': { N: String(now + 100) },
    ':zero': { N: '0' },
    ':one': { N: '1' },
    ':nonce': { S: nonce },
  },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

const failedItem = async (input: UpdateItemCommandInput) => {
  try {
    await client.send(new UpdateItemCommand(input));
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item;
    throw error;
  }
  throw new Error('The condition held.');
};

describe('a conditional update', () => {
  it('creates an absent item, counts from nothing and removes what is not there', async () => {
    await client.send(new UpdateItemCommand(claim('claim/new', 'a')));
    expect(await get('claim/new')).toEqual({
      id: { S: 'claim/new' },
      status: { S: 'PROCESSING' },
      owner: { S: 'a' },
      fence: { N: '1' },
      attempts: { N: '1' },
      leaseUntil: { N: '1100' },
      firstSeenAt: { N: '1000' },
    });
  });

  it('takes a note, a due retry and a lease that is over, and removes several attributes at once', async () => {
    const number = (value: number) => ({ N: String(value) });
    const common = {
      sentAt: number(1),
      sends: number(2),
      fence: number(9),
      attempts: number(4),
      firstSeenAt: number(7),
    };
    await put({ id: { S: 'claim/note' }, status: { S: 'GONE' }, ...common });
    await put({ id: { S: 'claim/retry' }, status: { S: 'RETRY' }, nextAttemptAt: number(1000), ...common });
    await put({ id: { S: 'claim/dead' }, status: { S: 'PROCESSING' }, leaseUntil: number(989), ...common });
    for (const id of ['claim/note', 'claim/retry', 'claim/dead']) {
      await client.send(new UpdateItemCommand(claim(id, 'b')));
      const item = await get(id);
      expect(item).toMatchObject({
        owner: { S: 'b' },
        fence: { N: '10' },
        attempts: { N: '5' },
        firstSeenAt: { N: '7' },
      });
      expect(Object.keys(item!)).not.toEqual(expect.arrayContaining(['sentAt']));
      expect(Object.keys(item!)).not.toEqual(expect.arrayContaining(['sends']));
    }
  });

  it.each([
    ['a live lease', { status: { S: 'PROCESSING' }, leaseUntil: { N: '990' }, attempts: { N: '1' } }],
    ['a retry that is not due', { status: { S: 'RETRY' }, nextAttemptAt: { N: '1001' }, attempts: { N: '1' } }],
    ['no attempt left', { status: { S: 'RETRY' }, nextAttemptAt: { N: '1' }, attempts: { N: '5' } }],
    ['a verdict', { status: { S: 'DONE' }, attempts: { N: '1' } }],
  ])('is refused by %s, and the failure carries the item', async (name, attributes) => {
    const item: Record<string, AttributeValue> = { id: { S: `refused/${name}` }, ...attributes };
    await put(item);
    expect(await failedItem(claim(`refused/${name}`, 'c'))).toEqual(item);
    expect(await get(`refused/${name}`)).toEqual(item);
  });

  it('carries no item when none was asked for, or none is there', async () => {
    await put({ id: { S: 'quiet' }, status: { S: 'DONE' } });
    const quiet = { ...claim('quiet', 'd'), ReturnValuesOnConditionCheckFailure: undefined };
    expect(await failedItem(quiet)).toBeUndefined();
    const absent: UpdateItemCommandInput = {
      TableName,
      Key: { id: { S: 'absent' } },
      ConditionExpression: 'attribute_exists(id)',
      UpdateExpression: 'SET a = :a',
      ExpressionAttributeValues: { ':a': { S: 'a' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    expect(await failedItem(absent)).toBeUndefined();
    expect(await get('absent')).toBeUndefined();
  });

  it('gives the item back to a failed put and a failed delete too', async () => {
    const item = { id: { S: 'put-and-delete' }, status: { S: 'DONE' } };
    await put(item);
    const condition = {
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    await expect(client.send(new PutItemCommand({ TableName, Item: item, ...condition }))).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: item,
    });
    await expect(
      client.send(new DeleteItemCommand({ TableName, Key: { id: item.id }, ...condition })),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: item });
  });

  it('tells each loser of a race the very item that refused it', async () => {
    const racers = Array.from({ length: 40 }, (_, index) => `racer-${index}`);
    const outcomes = await Promise.all(
      racers.map(async (nonce) => {
        try {
          await client.send(new UpdateItemCommand(claim('race', nonce)));
          return { won: nonce };
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          return { refusedBy: error.Item?.['owner']?.S };
        }
      }),
    );
    const winners = outcomes.flatMap(({ won }) => won ?? []);
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ refusedBy }) => refusedBy === winners[0])).toHaveLength(39);
  });

  it('tells the item that was judged while others go on writing it', async () => {
    await put({ id: { S: 'moving' }, n: { N: '0' } });
    const raise = () =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'moving' } },
          UpdateExpression: 'SET n = n + :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      );
    const refuse = (bound: number) =>
      failedItem({
        TableName,
        Key: { id: { S: 'moving' } },
        ConditionExpression: 'n < :bound',
        UpdateExpression: 'SET spoilt = :bound',
        ExpressionAttributeValues: { ':bound': { N: String(bound) } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    const seen: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const [item] = await Promise.all([refuse(round * 3), raise(), raise(), raise()]);
      seen.push(Number(item?.['n']?.N));
    }
    seen.forEach((n, round) => {
      expect(n).toBeGreaterThanOrEqual(round * 3);
      expect(n).toBeLessThanOrEqual(round * 3 + 3);
    });
  });
});

describe('limits', () => {
  it('takes a key of 2,048 bytes and refuses one of 2,049', async () => {
    const longest = `名${'k'.repeat(2045)}`;
    await put({ id: { S: longest } });
    expect(await get(longest)).toEqual({ id: { S: longest } });
    await expect(put({ id: { S: `${longest}k` } })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('refuses an item above 400 KB, on put and on update', async () => {
    const large = { S: 'x'.repeat(409_600) };
    await expect(put({ id: { S: 'large' }, large })).rejects.toMatchObject({ name: 'ValidationException' });
    const update = {
      TableName,
      Key: { id: { S: 'large' } },
      UpdateExpression: 'SET large = :large',
      ExpressionAttributeValues: { ':large': large },
    };
    await expect(client.send(new UpdateItemCommand(update))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put({ id: { S: 'large' }, large: { S: '名'.repeat(140_000) } })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await get('large')).toBeUndefined();
  });

  it('refuses a reserved word, an unused value and an update of the key', async () => {
    const update = (expression: string, values: Record<string, AttributeValue>) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'words' } },
          UpdateExpression: expression,
          ExpressionAttributeValues: values,
        }),
      );
    for (const word of ['status', 'owner', 'key', 'size', 'open']) {
      await expect(update(`SET ${word} = :v`, { ':v': { S: 'v' } })).rejects.toThrow(/reserved/);
    }
    await expect(update('SET a = :v', { ':v': { S: 'v' }, ':w': { S: 'w' } })).rejects.toThrow(/unused/);
    await expect(update('SET id = :v', { ':v': { S: 'v' } })).rejects.toThrow(/part of the key/);
  });

  it.each([
    ['12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
    ['007', '7'],
    ['1.50', '1.5'],
    ['-0', '0'],
    ['1e3', '1000'],
  ])('keeps the number %s as %s', async (given, kept) => {
    await put({ id: { S: 'number' }, n: { N: given } });
    expect((await get('number'))?.['n']).toEqual({ N: kept });
  });
});

describe('a batch', () => {
  it('gets 100 keys at once, leaves absent ones out and refuses 101', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => ({ id: { S: `batch/${index}` } }));
    for (let start = 0; start < 90; start += 25) {
      const writes = ids.slice(start, Math.min(start + 25, 90)).map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes } }));
    }
    const batch = (Keys: Record<string, AttributeValue>[]) =>
      client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
    const answer = await batch(ids);
    expect(answer.Responses?.[TableName]?.map(({ id }) => id?.S).sort()).toEqual(
      ids
        .slice(0, 90)
        .map(({ id }) => id.S)
        .sort(),
    );
    expect(answer.UnprocessedKeys).toEqual({});
    await expect(batch([...ids, { id: { S: 'batch/100' } }])).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('returns the keys that did not fit one answer as unprocessed', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => ({ id: { S: `heavy/${index}` } }));
    for (const { id } of ids) await put({ id, weight: { S: 'x'.repeat(300_000) } });
    let keys: Record<string, AttributeValue>[] = ids;
    const found: string[] = [];
    let calls = 0;
    for (; keys.length > 0; calls += 1) {
      const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys } } }));
      found.push(...(answer.Responses?.[TableName]?.map(({ id }) => id!.S!) ?? []));
      keys = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    expect(calls).toBeGreaterThan(1);
    expect(found.sort()).toEqual(ids.map(({ id }) => id.S).sort());
  });
});

describe('the sparse index', () => {
  const scan = async () => (await client.send(new ScanCommand({ TableName, IndexName: 'open' }))).Items;

  it('holds keys only, and only of items that have its attribute', async () => {
    await put({ id: { S: 'index/with' }, open: { S: 'a' }, outbox: { S: 'notice' } });
    await put({ id: { S: 'index/without' }, outbox: { S: 'notice' } });
    expect(await scan()).toEqual([{ id: { S: 'index/with' }, open: { S: 'a' } }]);
    const update = (expression: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'index/with' } },
          UpdateExpression: expression,
          ExpressionAttributeNames: { '#open': 'open' },
          ...(expression.includes(':b') ? { ExpressionAttributeValues: { ':b': { S: 'b' } } } : {}),
        }),
      );
    await update('SET #open = :b');
    expect(await scan()).toEqual([{ id: { S: 'index/with' }, open: { S: 'b' } }]);
    await update('REMOVE #open, outbox');
    expect(await scan()).toEqual([]);
  });

  it('pages, and refuses a consistent read', async () => {
    for (let n = 0; n < 7; n += 1) await put({ id: { S: `page/${n}` }, open: { S: String(n % 2) } });
    const found: string[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName, IndexName: 'open', Limit: 2, ExclusiveStartKey: start }),
      );
      found.push(...page.Items!.map(({ id }) => id!.S!));
      start = page.LastEvaluatedKey;
    } while (start);
    expect(found.sort()).toEqual(Array.from({ length: 7 }, (_, n) => `page/${n}`));
    await expect(
      client.send(new ScanCommand({ TableName, IndexName: 'open', ConsistentRead: true })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    for (let n = 0; n < 7; n += 1) {
      await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: `page/${n}` } } }));
    }
    expect(await scan()).toEqual([]);
  });
});

describe('what dynalite does not have', () => {
  it('keeps time to live and point-in-time recovery as the template sets them', async () => {
    const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(ttl.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
    const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      'DISABLED',
    );
    const again = { Enabled: true, AttributeName: 'expiresAt' };
    await expect(
      client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: again })),
    ).rejects.toThrow('TimeToLive is already enabled');
  });

  it('forgets the settings of a deleted table', async () => {
    const create = () =>
      client.send(
        new CreateTableCommand({
          TableName: 'short-lived',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
    const untilPossible = async (attempt: () => Promise<unknown>) => {
      for (const end = Date.now() + 5000; ;) {
        try {
          return await attempt();
        } catch (error) {
          if (Date.now() > end || !/ResourceInUse|ResourceNotFound/.test((error as Error).name)) throw error;
        }
      }
    };
    const settings = { TableName: 'short-lived', TimeToLiveSpecification: { Enabled: true, AttributeName: 'x' } };
    await create();
    await untilPossible(() => client.send(new UpdateTimeToLiveCommand(settings)));
    await untilPossible(() => client.send(new DeleteTableCommand({ TableName: 'short-lived' })));
    await untilPossible(create);
    await untilPossible(() => client.send(new UpdateTimeToLiveCommand(settings)));
  });

  it('names an operation that it does not have', async () => {
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [] }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('TransactWriteItems'),
    });
  });

  it('refuses an unknown table by its name in AWS', async () => {
    await expect(
      client.send(new GetItemCommand({ TableName: 'nowhere', Key: { id: { S: 'a' } } })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
