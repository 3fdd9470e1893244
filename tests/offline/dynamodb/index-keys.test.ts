import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';

const TableName = 'indexed';
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
];
const Projection = { ProjectionType: 'ALL' };
const Properties = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'n', 'group', 'rank', 'bytes'].map((AttributeName) => ({
    AttributeName,
    AttributeType: AttributeName === 'bytes' ? 'B' : 'S',
  })),
  KeySchema: keys('id', 'n'),
  GlobalSecondaryIndexes: [
    { IndexName: 'later', KeySchema: keys('bytes', 'group'), Projection },
    { IndexName: 'groups', KeySchema: keys('group', 'rank'), Projection },
  ],
  LocalSecondaryIndexes: [{ IndexName: 'ranks', KeySchema: keys('id', 'rank'), Projection }],
};

let cloud: TestCloud;
let client: DynamoDBClient;
beforeAll(async () => {
  cloud = await startTestCloud({ resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties } } });
  client = new DynamoDBClient(cloud.clientConfig());
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

type Attributes = Record<string, AttributeValue>;

const Key = { id: { S: 'item' }, n: { S: '1' } };
const put = (attributes: Attributes) => client.send(new PutItemCommand({ TableName, Item: { ...Key, ...attributes } }));
const update = (attributes: Attributes) => {
  const [[name, value]] = Object.entries(attributes) as [[string, AttributeValue]];
  const expression = { UpdateExpression: 'SET #a = :a, touched = :a', ExpressionAttributeNames: { '#a': name } };
  return client.send(
    new UpdateItemCommand({ TableName, Key, ...expression, ExpressionAttributeValues: { ':a': value } }),
  );
};
const writeBatch = (attributes: Attributes) => {
  const items = [
    { id: { S: 'innocent' }, n: { S: '1' } },
    { ...Key, ...attributes },
  ];
  const RequestItems = { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) };
  return client.send(new BatchWriteItemCommand({ RequestItems }));
};
const allItems = async () => (await client.send(new ScanCommand({ TableName }))).Items;

const text = (bytes: number) => ({ S: `名${'k'.repeat(bytes - 3)}` });
const emptyIn = (kind: string, index: string, attribute: string) =>
  'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
  `The AttributeValue for a key attribute cannot contain an empty ${kind} value. IndexName: ${index}, IndexKey: ${attribute}`;
const emptyUpdate = (kind: string) =>
  'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a ' +
  `value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value.`;
const longHash =
  'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes';
const longRange =
  'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes';

describe("a secondary index's key", () => {
  it.each([
    ['an empty text', { group: { S: '' } }, emptyIn('string', 'groups', 'group'), emptyUpdate('string')],
    ['an empty range', { rank: { S: '' } }, emptyIn('string', 'groups', 'rank'), emptyUpdate('string')],
    ['no bytes', { bytes: { B: new Uint8Array() } }, emptyIn('binary', 'later', 'bytes'), emptyUpdate('binary')],
    ['a hash key of 2,049 bytes', { bytes: { B: new Uint8Array(2049) } }, longHash, longHash],
    ['a range key of 1,025 bytes', { rank: text(1025) }, longRange, longRange],
  ] as [string, Attributes, string, string][])('is refused with %s', async (_what, attributes, ofItem, ofUpdate) => {
    const refused = (message: string) => ({ name: 'ValidationException', message });
    await expect(put(attributes)).rejects.toMatchObject(refused(ofItem));
    await expect(writeBatch(attributes)).rejects.toMatchObject(refused(ofItem));
    await expect(update(attributes)).rejects.toMatchObject(refused(ofUpdate));
    expect(await allItems()).toEqual([]);
  });

  it('is taken up to its limit, and left as it was by an update that is refused', async () => {
    const attributes = { bytes: { B: new Uint8Array(2048) }, group: text(1024), rank: text(1024) };
    await put(attributes);
    await expect(update({ group: { S: '' } })).rejects.toThrow('attempted to update a secondary index key');
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item).toEqual({ ...Key, ...attributes });
    await update({ other: { S: '' } });
    const { Items } = await client.send(new ScanCommand({ TableName, IndexName: 'groups' }));
    expect(Items).toMatchObject([{ ...Key, other: { S: '' } }]);
  });
});
