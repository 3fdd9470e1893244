import { createRequire } from 'node:module';

/** What of dynalite's inside the local cloud uses; it comes without types. */

export type Callback = (error?: unknown, result?: unknown) => void;
export type Item = Record<string, unknown>;
export type Request = Record<string, unknown>;
export type WriteOperation = Readonly<{ type: 'put' | 'del'; key: string; value?: unknown }>;

type SubDatabase = {
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
};

type Index = Readonly<{ IndexName: string; KeySchema: Table['KeySchema'] }>;

export type Table = Readonly<{
  TableName: string;
  KeySchema: readonly { AttributeName: string; KeyType: string }[];
  TableStatus: string;
  LocalSecondaryIndexes?: readonly Index[];
  GlobalSecondaryIndexes?: readonly (Index & Readonly<{ IndexStatus: string }>)[];
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

export type Database = {
  validationError: (message: string) => Refusal;
  validateKey: (key: Item, table: Table, keySchema?: Table['KeySchema']) => Refusal | null | undefined;
  validateItem: (item: Item, table: Table) => Refusal | null | undefined;
  itemSize: (item: Item, ...rest: unknown[]) => number;
  create: (options: Record<string, unknown>) => Store;
  checkConditional: (request: Request, item: Item | undefined) => Refusal | null | undefined;
  updateIndexes: (store: Store, table: Table, oldItem: Item | null, item: Item | null, callback: Callback) => void;
  getIndexActions: (indexes: readonly unknown[], oldItem: Item | null, item: Item | null, table: Table) => IndexActions;
};

const require = createRequire(import.meta.url);

/** Loads a module of dynalite by its path in the package. */
export const loadDynalite = (path: string): unknown => require(`dynalite/${path}`);

/** The functions that dynalite's actions call through this very object, so that each can be put right in one place. */
export const database = loadDynalite('db') as Database;
