import { setTimeout as pause } from 'node:timers/promises';
import { isRefusal } from '../dynamodb/dynalite.ts';
import type { LocalDynamoDb } from '../dynamodb/dynamodb.ts';
import { isTrue, objectAt, ResourceError } from './properties.ts';
import type { Properties } from './properties.ts';

type Index = Readonly<{ IndexName: string; KeySchema: unknown; Projection: unknown }>;
type Table = Readonly<{
  TableStatus: string;
  KeySchema: unknown;
  GlobalSecondaryIndexes?: readonly Index[];
  LocalSecondaryIndexes?: readonly Index[];
}>;

const createdProperties = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
] as const;

const describe = async (dynamodb: LocalDynamoDb, tableName: string): Promise<Table | undefined> => {
  try {
    return ((await dynamodb.call('DescribeTable', { TableName: tableName })) as { Table: Table }).Table;
  } catch (error) {
    if (isRefusal(error) && error.body.__type.endsWith('#ResourceNotFoundException')) return undefined;
    throw error;
  }
};

/** What cannot change in a table that exists: its keys and what its indexes hold. */
const shapeOf = (table: Readonly<Partial<Table>>): string => {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].map(
    ({ IndexName, KeySchema, Projection }) => [IndexName, KeySchema, Projection],
  );
  return JSON.stringify([table.KeySchema, indexes.sort()]);
};

const waitUntilActive = async (dynamodb: LocalDynamoDb, tableName: string): Promise<void> => {
  while ((await describe(dynamodb, tableName))?.TableStatus !== 'ACTIVE') await pause(2);
};

const setTimeToLive = async (dynamodb: LocalDynamoDb, tableName: string, wanted: Properties): Promise<void> => {
  const { TimeToLiveDescription: current } = (await dynamodb.call('DescribeTimeToLive', { TableName: tableName })) as {
    TimeToLiveDescription: { TimeToLiveStatus: string; AttributeName?: string };
  };
  const attribute = isTrue(wanted['Enabled']) ? wanted['AttributeName'] : undefined;
  if (current.AttributeName === attribute) return;
  const update = (Enabled: boolean, AttributeName: unknown): Promise<unknown> =>
    dynamodb.call('UpdateTimeToLive', {
      TableName: tableName,
      TimeToLiveSpecification: { Enabled, AttributeName },
    });
  if (current.AttributeName !== undefined) await update(false, current.AttributeName);
  if (attribute !== undefined) await update(true, attribute);
};

/**
 * Creates the table if it is absent, and sets its time to live and point-in-time recovery.
 *
 * @throws {ResourceError} when the table exists with other keys or indexes.
 */
export const createTable = async (
  dynamodb: LocalDynamoDb,
  tableName: string,
  properties: Properties,
  warn: (line: string) => void,
): Promise<void> => {
  const wanted = Object.fromEntries(createdProperties.map((name) => [name, properties[name]]));
  const existing = await describe(dynamodb, tableName);
  if (existing === undefined) {
    await dynamodb.call('CreateTable', { TableName: tableName, ...wanted });
    await waitUntilActive(dynamodb, tableName);
  } else if (shapeOf(existing) !== shapeOf(wanted)) {
    throw new ResourceError(`The table ${tableName} exists with other keys or indexes: start with --fresh.`);
  }
  await setTimeToLive(dynamodb, tableName, objectAt(properties, 'TimeToLiveSpecification'));
  const recovery = isTrue(objectAt(properties, 'PointInTimeRecoverySpecification')['PointInTimeRecoveryEnabled']);
  await dynamodb.call('UpdateContinuousBackups', {
    TableName: tableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery },
  });
  if (properties['StreamSpecification'] !== undefined) warn(`${tableName}: the local DynamoDB has no streams.`);
};
