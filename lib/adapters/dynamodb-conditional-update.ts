import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { callAws } from './aws-errors.ts';
import { aliased } from './dynamodb-expressions.ts';

/** One conditional `UpdateItem`, in words: attribute names are written as they are and aliased here. */
export type ConditionalUpdate = Readonly<{
  set: Readonly<Record<string, string>>;
  remove?: readonly string[];
  condition: string;
  values: Readonly<Record<string, unknown>>;
}>;

/** The item as it now is, or the item that refused the write. */
type Answer<Item> = Readonly<{ written: true; item: Item }> | Readonly<{ written: false; item: Item | undefined }>;

/**
 * The one way in which this service changes an item: a single `UpdateItem` on a condition. A failed condition returns
 * the item that failed it (`ReturnValuesOnConditionCheckFailure`), or, where the endpoint does not know that option, one
 * consistent read does. A response that was lost and a retry by the SDK show as a refusal by one's own write: the caller
 * looks at `owner`.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export const createConditionalUpdate =
  <Item>(client: DynamoDBClient, tableName: string) =>
  (verb: string, id: string, { set, remove = [], condition, values }: ConditionalUpdate): Promise<Answer<Item>> =>
    callAws(`${verb} of ${id} in table ${tableName}`, async () => {
      const Key = { id: { S: id } };
      const assignments = Object.entries(set).map(([name, value]) => `${name} = ${value}`);
      const removal = remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`;
      const update = aliased(`SET ${assignments.join(', ')}${removal}`);
      const check = aliased(condition);
      try {
        const { Attributes = {} } = await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key,
            UpdateExpression: update.text,
            ConditionExpression: check.text,
            ExpressionAttributeNames: { ...update.names, ...check.names },
            ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { written: true, item: unmarshall(Attributes) as Item };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const get = new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true });
        const old = error.Item ?? (await client.send(get)).Item;
        return { written: false, item: old === undefined ? undefined : (unmarshall(old) as Item) };
      }
    });
