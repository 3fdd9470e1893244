import { createRequire } from 'node:module';
import { mkdir } from 'node:fs/promises';
import { localAccountId, localRegion } from '../resources/physical-names.ts';

/**
 * dynalite without its HTTP server: its validations, actions and store are called in process, so that there is no
 * second port, an exception of its own ends one request instead of the cloud, and what AWS does and dynalite does not
 * is put right (see {@link returnFailedItem}, {@link writeIndexesWithItem} and {@link measureInBytes}).
 */

type Callback = (error?: unknown, result?: unknown) => void;
type Item = Record<string, unknown>;
type Request = Record<string, unknown>;
type WriteOperation = Readonly<{ type: 'put' | 'del'; key: string; value?: unknown }>;

type SubDatabase = {
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
};

type Table = Readonly<{
  TableName: string;
  KeySchema: readonly { AttributeName: string; KeyType: string }[];
  TableStatus: string;
  LocalSecondaryIndexes?: readonly unknown[];
  GlobalSecondaryIndexes?: readonly { IndexStatus: string }[];
}>;

/** dynalite's store: LevelDB under one prefix per table and index. */
export type Store = {
  db: {
    open(): Promise<void>;
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    del(key: string): Promise<void>;
    batch(operations: readonly WriteOperation[], callback: Callback): void;
    close(): Promise<void>;
    iterator(range: { gte: string; lt: string }): AsyncIterable<[string, unknown]>;
  };
  tableDb: { awsAccountId: string; awsRegion: string };
  getItemDb(tableName: string): SubDatabase;
};

/** A refusal as dynalite throws and calls back with it. */
export type Refusal = Error & { statusCode: number; body: Record<string, unknown> & { __type: string } };

type IndexActions = Readonly<{
  puts: readonly Readonly<{ index: string; key: string; item: Item }>[];
  deletes: readonly Readonly<{ index: string; key: string }>[];
}>;

type Database = {
  validationError: (message: string) => Refusal;
  validateKey: (key: Item, table: Table, keySchema?: Table['KeySchema']) => Refusal | null | undefined;
  validateItem: (item: Item, table: Table) => Refusal | null | undefined;
  itemSize: (item: Item, ...rest: unknown[]) => number;
  create: (options: Record<string, unknown>) => Store;
  checkConditional: (request: Request, item: Item | undefined) => Refusal | null | undefined;
  updateIndexes: (store: Store, table: Table, oldItem: Item | null, item: Item | null, callback: Callback) => void;
  getIndexActions: (indexes: readonly unknown[], oldItem: Item | null, item: Item | null, table: Table) => IndexActions;
};

type Validation = Readonly<{ types: unknown; custom: unknown }>;

const require = createRequire(import.meta.url);
const database = require('dynalite/db') as Database;
const validations = require('dynalite/validations') as {
  checkTypes(request: Request, types: unknown): Request;
  checkValidations(request: Request, types: unknown, custom: unknown, store: Store): void;
};

/** The operations that dynalite has and the local cloud lets through. */
export const dynaliteOperations: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

const fileOf = (operation: string): string => operation.charAt(0).toLowerCase() + operation.slice(1);

/**
 * Puts the item into the failure of a condition when `ReturnValuesOnConditionCheckFailure` asks for it. dynalite judges
 * the condition while it holds the lock of the item's key and hands the item that it judged to this very function:
 * what is returned is by construction what made the condition fail, whatever is written at the same time.
 */
const returnFailedItem = (): void => {
  const judge = database.checkConditional;
  database.checkConditional = (request, item) => {
    const refusal = judge(request, item);
    if (refusal && item && request['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD') refusal.body['Item'] = item;
    return refusal;
  };
};

const indexWrites = (table: Table, oldItem: Item | null, item: Item | null): WriteOperation[] =>
  (['Local', 'Global'] as const).flatMap((kind) => {
    const { puts, deletes } = database.getIndexActions(table[`${kind}SecondaryIndexes`] ?? [], oldItem, item, table);
    const prefix = (index: string): string => `index-${kind.toLowerCase()}~${table.TableName}~${index}~`;
    return [
      ...deletes.map(({ index, key }): WriteOperation => ({ type: 'del', key: prefix(index) + key })),
      ...puts.map(({ index, key, item: value }): WriteOperation => ({ type: 'put', key: prefix(index) + key, value })),
    ];
  });

/**
 * Writes an item and its index entries as one LevelDB batch. dynalite writes them one after the other, so a kill
 * between the two would leave an index that disagrees with its table for ever. It calls `updateIndexes` and then, in
 * the callback and thus in the same turn, writes the item: what the first would have written waits for the second.
 */
let waitingForItem: readonly WriteOperation[] = [];
const writeIndexesWithItem = (): void => {
  database.updateIndexes = (_store, table, oldItem, item, callback) => {
    waitingForItem = indexWrites(table, oldItem, item);
    try {
      callback();
    } finally {
      waitingForItem = [];
    }
  };
};

const batchItemWrites = (store: Store): void => {
  const getItemDb = store.getItemDb.bind(store);
  store.getItemDb = (tableName) => ({
    ...getItemDb(tableName),
    put: (key, value, callback) => {
      store.db.batch([...waitingForItem, { type: 'put', key: `item-${tableName}~${key}`, value }], callback);
    },
    del: (key, callback) => {
      store.db.batch([...waitingForItem, { type: 'del', key: `item-${tableName}~${key}` }], callback);
    },
  });
};

/** The limit of a partition key and of a sort key. */
const maximumKeyBytes: Readonly<Record<string, number>> = { HASH: 2048, RANGE: 1024 };

const keyTooLong = (item: Item, table: Table): Refusal | undefined => {
  const tooLong = table.KeySchema.find(({ AttributeName, KeyType }) => {
    const { S: text } = item[AttributeName] as { S?: string };
    return text !== undefined && Buffer.byteLength(text) > (maximumKeyBytes[KeyType] ?? 0);
  });
  if (!tooLong) return undefined;
  const limit = `${maximumKeyBytes[tooLong.KeyType] ?? 0} bytes`;
  return database.validationError(
    `One or more parameter values were invalid: Size of ${tooLong.AttributeName} has exceeded the maximum size limit of ${limit}`,
  );
};

/** Measures keys and items in bytes, as AWS does; dynalite counts UTF-16 units, and a Japanese name has three times as many bytes. */
const measureInBytes = (): void => {
  const { validateKey, validateItem, itemSize } = database;
  database.validateKey = (key, table, schema) => validateKey(key, table, schema) ?? keyTooLong(key, table);
  database.validateItem = (item, table) => validateItem(item, table) ?? keyTooLong(item, table);
  database.itemSize = (item, ...rest) => {
    const text = JSON.stringify(item);
    return itemSize(item, ...rest) + Buffer.byteLength(text) - text.length;
  };
};

returnFailedItem();
writeIndexesWithItem();
measureInBytes();

/** Finishes the creation of tables that a kill cut between `CREATING` and `ACTIVE`. */
const activateTables = async (store: Store): Promise<void> => {
  for await (const [key, value] of store.db.iterator({ gte: 'table~', lt: 'table~\uffff' })) {
    const table = value as Table;
    if (table.TableStatus !== 'CREATING') continue;
    const indexes = table.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
    const active = { ...table, TableStatus: 'ACTIVE', ...(indexes ? { GlobalSecondaryIndexes: indexes } : {}) };
    await store.db.put(key, active);
  }
};

/** Opens the store under `directory`. Writes are in the operating system's hands before they are acknowledged. */
export const openStore = async (directory: string): Promise<Store> => {
  await mkdir(directory, { recursive: true });
  const store = database.create({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await store.db.open();
  store.tableDb.awsAccountId = localAccountId;
  store.tableDb.awsRegion = localRegion;
  batchItemWrites(store);
  await activateTables(store);
  return store;
};

/** True for the errors that are DynamoDB's answers; everything else is a defect. */
export const isRefusal = (error: unknown): error is Refusal =>
  Error.isError(error) && 'statusCode' in error && 'body' in error;

/** Parameters that dynalite's list of types lacks, so that it would drop them, and that its actions or ours read. */
const unknownToDynalite = ['ConsistentRead', 'ReturnValuesOnConditionCheckFailure'] as const;

/**
 * Runs one operation of {@link dynaliteOperations}.
 *
 * @throws {Refusal} with the status and body that DynamoDB would answer.
 */
export const callDynalite = async (store: Store, operation: string, input: Request): Promise<unknown> => {
  const validation = require(`dynalite/validations/${fileOf(operation)}`) as Validation;
  const action = require(`dynalite/actions/${fileOf(operation)}`) as (
    store: Store,
    request: Request,
    callback: Callback,
  ) => void;
  const passedOn = Object.fromEntries(unknownToDynalite.map((name) => [name, input[name]]));
  const request = validations.checkTypes(input, validation.types);
  validations.checkValidations(request, validation.types, validation.custom, store);
  for (const [name, value] of Object.entries(passedOn)) if (value !== undefined) request[name] = value;
  return new Promise((resolve, reject) => {
    action(store, request, (error, result) => {
      if (Error.isError(error)) reject(error);
      else resolve(result);
    });
  });
};
