import { GetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { boundedBacklogMs, type LaneItem } from '../domain/lane.ts';
import type { LaneMemory, LaneStore } from '../ports/lane-store.ts';
import { callAws } from './aws-errors.ts';
import { createConditionalUpdate, type ConditionalUpdate } from './dynamodb-conditional-update.ts';

/** The lanes, in the ledger's own table. They carry no `expiresAt`: a lane outlives every file. */
export const createDynamoDbLaneStore = (client: DynamoDBClient, { tableName }: { tableName: string }): LaneStore => {
  const write = createConditionalUpdate<LaneItem>(client, tableName);
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
const ownedWrite = (
  owner: string,
  numbers: Readonly<Record<string, number>>,
  memory: LaneMemory,
): ConditionalUpdate => {
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
