import { database } from './dynalite-internals.ts';
import { wordsOnIndexKeys, wordsOnLongKey } from './key-limits.ts';
import type { Item, Refusal, Store, Table, WriteOperation } from './dynalite-internals.ts';

/** What AWS does and dynalite 4 does not. Each correction has a test that fails without it. */

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

/** Lets the writes of this store's items take the writes of their index entries with them. */
export const batchItemWrites = (store: Store): void => {
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

const refusalFor = (words: string | undefined): Refusal | undefined =>
  words === undefined ? undefined : database.validationError(words);

const longKey = (item: Item, table: Table): Refusal | undefined => refusalFor(wordsOnLongKey(item, table.KeySchema));

/** Measures keys and items in bytes, as AWS does; dynalite counts UTF-16 units, and a Japanese name has three times as many bytes. */
const measureInBytes = (): void => {
  const { validateKey, validateItem, itemSize } = database;
  database.validateKey = (key, table, schema) => validateKey(key, table, schema) ?? longKey(key, table);
  database.validateItem = (item, table) => validateItem(item, table) ?? longKey(item, table);
  database.itemSize = (item, ...rest) => {
    const text = JSON.stringify(item);
    return itemSize(item, ...rest) + Buffer.byteLength(text) - text.length;
  };
};

/**
 * Refuses a key of an index that is empty or too long, as one of the table is. A put is judged before it begins, with the
 * others of its batch; an update once dynalite has computed the item and before it writes anything.
 */
const limitIndexKeys = (): void => {
  const { validateItem, updateIndexes } = database;
  database.validateItem = (item, table) =>
    validateItem(item, table) ?? refusalFor(wordsOnIndexKeys(item, table, 'put'));
  database.updateIndexes = (store, table, oldItem, item, callback) => {
    const refusal = item && refusalFor(wordsOnIndexKeys(item, table, 'update'));
    if (refusal) callback(refusal);
    else updateIndexes(store, table, oldItem, item, callback);
  };
};

returnFailedItem();
writeIndexesWithItem();
measureInBytes();
limitIndexKeys();
