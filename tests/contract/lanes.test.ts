import { DeleteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoDbLaneStore } from '../../lib/adapters/dynamodb-lane-store.ts';
import { laneSuite } from '../support/lane-suite.ts';
import { localNames, startTestCloud, type TestCloud } from '../support/local-cloud.ts';

let cloud: TestCloud;
let client: DynamoDBClient;
beforeAll(async () => {
  cloud = await startTestCloud();
  client = new DynamoDBClient(cloud.clientConfig());
}, 30_000);
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

describe('the lanes on DynamoDB', () => {
  laneSuite(async () => {
    const table = { TableName: localNames.ledgerTable };
    await client.send(new DeleteItemCommand({ ...table, Key: { id: { S: 'lane/test' } } }));
    const pause = async (lane: string): Promise<void> => {
      await client.send(
        new UpdateItemCommand({
          ...table,
          Key: { id: { S: lane } },
          UpdateExpression: 'SET paused = :true',
          ExpressionAttributeValues: { ':true': { BOOL: true } },
        }),
      );
    };
    return { laneStore: createDynamoDbLaneStore(client, { tableName: localNames.ledgerTable }), pause };
  });
});
