import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { boundedBacklogMs, type LaneItem } from '../domain/lane.ts';
import type { LaneAnswer, LaneMemory, LaneStore } from '../ports/lane-store.ts';
import { callAws } from './aws-errors.ts';
import { aliased } from './dynamodb-expressions.ts';

type Update = Readonly<{
  set: Readonly<Record<string, string>>;
  remove?: readonly string[];
  condition: string;
  values: Readonly<Record<string, unknown>>;
}>;

/** The lanes, in the ledger's own table. They carry no `expiresAt`: a lane outlives every file. */
export const createDynamoDbLaneStore = (client: DynamoDBClient, { tableName }: { tableName: string }): LaneStore => {
  const write = (verb: string, lane: string, { set, remove = [], condition, values }: Update): Promise<LaneAnswer> =>
    callAws(`${verb} of ${lane} in table ${tableName}`, async () => {
      const Key = { id: { S: lane } };
      const assignments = Object.entries(set).map(([name, value]) => `${name} = ${value}`);
      const removal = remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`;
      const update = aliased(`SET ${assignments.join(', ')}${removal}`);
      const check = aliased(condition);
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key,
            UpdateExpression: update.text,
            ConditionExpression: check.text,
            ExpressionAttributeNames: { ...update.names, ...check.names },
            ExpressionAttributeValues: marshall(values),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { written: true, item: unmarshall(Attributes ?? {}) as LaneItem };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const old =
          error.Item ??
          (await client.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;
        return { written: false, item: old === undefined ? undefined : (unmarshall(old) as LaneItem) };
      }
    });

  return {
    backlogMs: (lane) =>
      callAws(`read of ${lane} in table ${tableName}`, async () => {
        const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: lane } } }));
        return boundedBacklogMs(Item === undefined ? undefined : (unmarshall(Item) as LaneItem));
      }),
    claim: ({ lane, owner, leaseUntil, now, skewMs, baton }) =>
      write('claim', lane, {
        set: {
          owner: ':owner',
          leaseUntil: ':leaseUntil',
          fence: 'if_not_exists(fence, :zero) + :one',
          // A baton goes on counting where the hand-over left off.
          hop: baton === undefined ? ':zero' : 'hop',
        },
        condition:
          '(attribute_not_exists(leaseUntil) OR leaseUntil < :nowMinusSkew) AND ' +
          '(attribute_not_exists(paused) OR paused = :false)' +
          (baton === undefined ? '' : ' AND fence = :fence'),
        values: {
          ':owner': owner,
          ':leaseUntil': leaseUntil,
          ':nowMinusSkew': now - skewMs,
          ':zero': 0,
          ':one': 1,
          ':false': false,
          ...(baton !== undefined && { ':fence': baton.fence }),
        },
      }),
    renew: ({ lane, owner, leaseUntil, memory }) => write('renew', lane, ownedWrite(owner, { leaseUntil }, memory)),
    release: ({ lane, owner, hop, memory }) =>
      write('release', lane, ownedWrite(owner, { leaseUntil: 0, hop }, memory)),
  };
};

const remembered = ['cursor', 'backlogMs'] as const;

/** A write on the condition that the owner is me: the numbers given, and the memory with what it lacks removed. */
const ownedWrite = (owner: string, numbers: Readonly<Record<string, number>>, memory: LaneMemory): Update => {
  const kept = { ...numbers, ...memory };
  const remove = remembered.filter((name) => memory[name] === undefined);
  return {
    set: Object.fromEntries(Object.keys(kept).map((name) => [name, `:${name}`])),
    remove,
    condition: 'owner = :owner',
    values: {
      ':owner': owner,
      ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [`:${name}`, value])),
    },
  };
};
