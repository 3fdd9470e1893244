import {
  BatchGetItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { ServiceUnavailableError } from '../domain/errors.ts';
import { hashOf, type FileVersion } from '../domain/file-version.ts';
import type { LedgerItem } from '../domain/ledger-item.ts';
import type { Answer, Ledger } from '../ports/ledger.ts';
import { callAws } from './aws-errors.ts';
import { createConditionalUpdate, type ConditionalUpdate } from './dynamodb-conditional-update.ts';
import { aliased } from './dynamodb-expressions.ts';

/** `BatchGetItem` takes no more. */
const batchSize = 100;
const openIndexName = 'open';
const secondsPerDay = 24 * 60 * 60;

const ownedByMe = 'status = :processing AND owner = :owner';
const free = '((status = :retry AND nextAttemptAt <= :now) OR (status = :processing AND leaseUntil < :nowMinusSkew))';

/**
 * The ledger on DynamoDB: each transition is one conditional update, worded as `lib/domain/claim.ts` decides.
 *
 * @param patient what records the answers about a file that is held; the same client unless told otherwise
 */
export const createDynamoDbLedger = (
  client: DynamoDBClient,
  {
    tableName,
    retentionDays,
    patient = client,
  }: { tableName: string; retentionDays: number; patient?: DynamoDBClient },
): Ledger => {
  const expiresAt = (now: number): number => Math.floor(now / 1000) + retentionDays * secondsPerDay;

  /** At most a hundred ids. What DynamoDB leaves unprocessed is asked for again, as long as some of it comes. */
  const readBatch = async (ids: readonly string[]): Promise<LedgerItem[]> => {
    const items: LedgerItem[] = [];
    let keys: Record<string, AttributeValue>[] = ids.map((id) => ({ id: { S: id } }));
    while (keys.length > 0) {
      const page = await client.send(new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys } } }));
      items.push(...(page.Responses?.[tableName] ?? []).map(itemFrom));
      const left = page.UnprocessedKeys?.[tableName]?.Keys ?? [];
      if (left.length === keys.length) {
        throw new ServiceUnavailableError(`BatchGetItem of table ${tableName} left every key unprocessed`);
      }
      keys = left;
    }
    return items;
  };

  /** Every transition renews the item's own end of life. */
  const writeWith = (chosen: DynamoDBClient) => {
    const update = createConditionalUpdate<LedgerItem>(chosen, tableName);
    return (verb: string, file: FileVersion, now: number, change: ConditionalUpdate): Promise<Answer> =>
      update(verb, file.id, {
        ...change,
        set: { ...change.set, expiresAt: ':expiresAt' },
        values: { ...change.values, ':expiresAt': expiresAt(now) },
      });
  };
  const write = writeWith(client);
  const record = writeWith(patient);

  return {
    claim: ({ file, owner, via, leaseUntil, bounds }) =>
      write('claim', file, bounds.now, {
        set: {
          status: ':processing',
          owner: ':owner',
          fence: 'if_not_exists(fence, :zero) + :one',
          attempts: 'if_not_exists(attempts, :zero) + :one',
          leaseUntil: ':leaseUntil',
          via: ':via',
          bucket: ':bucket',
          key: ':key',
          eTag: ':eTag',
          size: ':size',
          firstSeenAt: 'if_not_exists(firstSeenAt, :now)',
        },
        remove: ['nextAttemptAt', 'sentAt', 'sends'],
        condition: `attribute_not_exists(status) OR status IN (:superseded, :gone) OR (attempts < :max AND ${free})`,
        values: {
          ':processing': 'PROCESSING',
          ':retry': 'RETRY',
          ':superseded': 'SUPERSEDED',
          ':gone': 'GONE',
          ':owner': owner,
          ':zero': 0,
          ':one': 1,
          ':max': bounds.maxAttempts,
          ':now': bounds.now,
          ':nowMinusSkew': bounds.now - bounds.skewMs,
          ':leaseUntil': leaseUntil,
          ':via': via,
          ':bucket': file.bucket,
          ':key': file.key,
          ':eTag': file.eTag,
          ':size': file.size,
        },
      }),

    bury: ({ file, owner, leaseUntil, lastError, outbox, bounds }) =>
      write('bury', file, bounds.now, {
        set: {
          status: ':poison',
          owner: ':owner',
          leaseUntil: ':leaseUntil',
          lastError: ':lastError',
          doneAt: ':now',
          outbox: ':outbox',
          open: ':open',
        },
        remove: ['nextAttemptAt'],
        condition: `attempts >= :max AND ${free}`,
        values: {
          ':poison': 'POISON',
          ':processing': 'PROCESSING',
          ':retry': 'RETRY',
          ':owner': owner,
          ':leaseUntil': leaseUntil,
          ':lastError': lastError,
          ':outbox': outbox,
          ':open': openDigit(file),
          ':max': bounds.maxAttempts,
          ':now': bounds.now,
          ':nowMinusSkew': bounds.now - bounds.skewMs,
        },
      }),

    renew: ({ file, owner, leaseUntil, now }) =>
      write('renew', file, now, {
        set: { leaseUntil: ':leaseUntil' },
        condition: ownedByMe,
        values: { ':processing': 'PROCESSING', ':owner': owner, ':leaseUntil': leaseUntil },
      }),

    commit: ({ file, owner, now, result, lastModified }) => {
      const { metadata, outputs, outbox } = result;
      const notices = outbox.length > 0;
      return record('commit', file, now, {
        set: {
          status: ':done',
          doneAt: ':now',
          metadata: ':metadata',
          outputs: ':outputs',
          ...(lastModified === undefined ? {} : { lastModified: ':lastModified' }),
          ...(notices ? { outbox: ':outbox', open: ':open' } : {}),
        },
        remove: ['lastError'],
        condition: ownedByMe,
        values: {
          ':done': 'DONE',
          ':processing': 'PROCESSING',
          ':owner': owner,
          ':now': now,
          ':metadata': metadata,
          ':outputs': outputs,
          ':lastModified': lastModified,
          ...(notices ? { ':outbox': outbox, ':open': openDigit(file) } : {}),
        },
      });
    },

    retry: ({ file, owner, now, nextAttemptAt, lastError, giveBack }) =>
      record('retry', file, now, {
        set: {
          status: ':retry',
          nextAttemptAt: ':nextAttemptAt',
          lastError: ':lastError',
          ...(giveBack ? { attempts: 'attempts - :one' } : {}),
        },
        condition: ownedByMe,
        values: {
          ':retry': 'RETRY',
          ':processing': 'PROCESSING',
          ':owner': owner,
          ':nextAttemptAt': nextAttemptAt,
          ':lastError': lastError,
          ...(giveBack ? { ':one': 1 } : {}),
        },
      }),

    poison: ({ file, owner, now, lastError, outbox }) =>
      record('poison', file, now, {
        set: { status: ':poison', lastError: ':lastError', doneAt: ':now', outbox: ':outbox', open: ':open' },
        condition: ownedByMe,
        values: {
          ':poison': 'POISON',
          ':processing': 'PROCESSING',
          ':owner': owner,
          ':now': now,
          ':lastError': lastError,
          ':outbox': outbox,
          ':open': openDigit(file),
        },
      }),

    note: ({ file, owner, now, status }) =>
      record('note', file, now, {
        set: { status: ':status', attempts: ':zero' },
        condition: ownedByMe,
        values: { ':status': status, ':zero': 0, ':processing': 'PROCESSING', ':owner': owner },
      }),

    replay: ({ file, now, skewMs }) =>
      write('replay', file, now, {
        set: { status: ':gone', attempts: ':zero' },
        remove: ['outbox', 'open'],
        condition: 'status = :poison AND leaseUntil < :nowMinusSkew',
        values: { ':gone': 'GONE', ':zero': 0, ':poison': 'POISON', ':nowMinusSkew': now - skewMs },
      }),

    readAll: (files) =>
      callAws(`read of ${String(files.length)} items in table ${tableName}`, async () => {
        const ids = [...new Set(files.map(({ id }) => id))];
        const items = new Map<string, LedgerItem>();
        for (let first = 0; first < ids.length; first += batchSize) {
          for (const item of await readBatch(ids.slice(first, first + batchSize))) items.set(item.id, item);
        }
        return items;
      }),

    readOpen: () =>
      callAws(`scan of the open index of table ${tableName}`, async () => {
        const ids: string[] = [];
        let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
        do {
          const page = await client.send(
            new ScanCommand({ TableName: tableName, IndexName: openIndexName, ExclusiveStartKey }),
          );
          for (const { id } of page.Items ?? []) if (id?.S !== undefined) ids.push(id.S);
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
        const items: LedgerItem[] = [];
        for (let first = 0; first < ids.length; first += batchSize) {
          items.push(...(await readBatch(ids.slice(first, first + batchSize))));
        }
        return items;
      }),

    markSent: ({ file, now }) =>
      callAws(`mark of ${file.id} in table ${tableName}`, async () => {
        const expression = aliased(
          'SET sentAt = :now, sends = if_not_exists(sends, :zero) + :one, expiresAt = :expiresAt',
        );
        await client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: { id: { S: file.id } },
            UpdateExpression: expression.text,
            ExpressionAttributeNames: expression.names,
            ExpressionAttributeValues: marshall({ ':now': now, ':zero': 0, ':one': 1, ':expiresAt': expiresAt(now) }),
          }),
        );
      }),

    clearOutbox: ({ file, owner, now }) =>
      write('clear outbox', file, now, {
        set: {},
        remove: ['outbox', 'open'],
        condition: 'status IN (:done, :poison) AND owner = :owner',
        values: { ':done': 'DONE', ':poison': 'POISON', ':owner': owner },
      }),
  };
};

/** The key of the sparse index: sixteen partitions are enough for what is nearly empty by construction. */
const openDigit = (file: FileVersion): string => hashOf(file.id).slice(0, 1);

const itemFrom = (attributes: Record<string, AttributeValue>): LedgerItem => unmarshall(attributes) as LedgerItem;
