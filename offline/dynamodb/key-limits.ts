import type { Item, Table } from './dynalite-internals.ts';

/** What a key attribute may hold, in DynamoDB's words of its refusals. */

/** The limit of a partition key and of a sort key, of a table as of an index. The missing space is AWS's own. */
const limits: Readonly<Record<string, Readonly<{ bytes: number; words: string }>>> = {
  HASH: { bytes: 2048, words: 'Size of hashkey has exceeded the maximum size limit of2048 bytes' },
  RANGE: { bytes: 1024, words: 'Aggregated size of all range keys has exceeded the size limit of 1024 bytes' },
};

/** Bytes of a text or of binary data; a number is never too long for a key. */
const bytesOf = (value: unknown): number => {
  const { S: text, B: binary } = (value ?? {}) as Readonly<{ S?: string; B?: string }>;
  if (text !== undefined) return Buffer.byteLength(text);
  return binary === undefined ? 0 : Buffer.byteLength(binary, 'base64');
};

/** Why these keys of an item are too long; undefined when none is. */
export const wordsOnLongKey = (item: Item, schema: Table['KeySchema']): string | undefined => {
  const tooLong = schema.find(
    ({ AttributeName, KeyType }) => bytesOf(item[AttributeName]) > (limits[KeyType]?.bytes ?? 0),
  );
  return tooLong && `One or more parameter values were invalid: ${limits[tooLong.KeyType]?.words ?? ''}`;
};

/** `string` or `binary` for a value that is empty. */
const emptyKind = (value: unknown): string | undefined => {
  const { S: text, B: binary } = (value ?? {}) as Readonly<{ S?: string; B?: string }>;
  return text === '' ? 'string' : binary === '' ? 'binary' : undefined;
};

/** Why an item may not stand in an index for this attribute: of a put, AWS names both; of an update, neither. */
const wordsOnEmptyKey = (kind: string, by: 'put' | 'update', index: string, attribute: string): string => {
  const [what, where] =
    by === 'put'
      ? ['A value specified for a secondary index key is not supported', ` IndexName: ${index}, IndexKey: ${attribute}`]
      : ['The update expression attempted to update a secondary index key to a value that is not supported', ''];
  const why = `The AttributeValue for a key attribute cannot contain an empty ${kind} value.`;
  return `One or more parameter values are not valid. ${what}. ${why}${where}`;
};

/**
 * Why an item may not be written for what it holds under the keys of its table's indexes, be it in them or not;
 * undefined when it may. AWS looks at the indexes in the order of their names.
 */
export const wordsOnIndexKeys = (item: Item, table: Table, by: 'put' | 'update'): string | undefined => {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const ordered = indexes.sort((a, b) => (a.IndexName < b.IndexName ? -1 : 1));
  for (const { IndexName, KeySchema } of ordered) {
    for (const { AttributeName } of KeySchema) {
      const kind = emptyKind(item[AttributeName]);
      if (kind !== undefined) return wordsOnEmptyKey(kind, by, IndexName, AttributeName);
    }
  }
  return ordered.map(({ KeySchema }) => wordsOnLongKey(item, KeySchema)).find((words) => words !== undefined);
};
