import { mkdir } from 'node:fs/promises';
import { localAccountId, localRegion } from '../resources/physical-names.ts';
import { batchItemWrites } from './dynalite-corrections.ts';
import { database, loadDynalite } from './dynalite-internals.ts';
import type { Callback, Refusal, Request, Store, Table } from './dynalite-internals.ts';

/**
 * dynalite without its HTTP server: its validations, actions and store are called in process, so that there is no
 * second port, and an exception of its own ends one request instead of the cloud.
 */

type Validation = Readonly<{ types: unknown; custom: unknown }>;

const validations = loadDynalite('validations') as {
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
  const validation = loadDynalite(`validations/${fileOf(operation)}`) as Validation;
  const action = loadDynalite(`actions/${fileOf(operation)}`) as (
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
