/** DynamoDB's wire form of an item: each attribute under its type. */
type Attributes = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
type Input = Readonly<Record<string, unknown>>;
type Detail = Readonly<Record<string, string>>;

/** Enough for a key; what is longer says nothing that a reader of the log looks for. */
const longestValue = 2048;

/** Assignments of a plain value: what is set by a function or a sum is left out. */
const assignment = /(#?\w+)\s*=\s*(:\w+)\s*(?=,|$)/g;

/** Where the `SET` clause ends. */
const otherClause = /\b(?:REMOVE|ADD|DELETE)\b/;

const attributesOf = (value: unknown): Attributes =>
  typeof value === 'object' && value !== null ? (value as Attributes) : {};

/** The texts of an item, each under `prefix.attribute`. */
const textsOf = (prefix: string, item: Attributes): Detail =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => {
      const text = value?.['S'];
      return typeof text === 'string' && text.length <= longestValue ? [[`${prefix}.${name}`, text]] : [];
    }),
  );

const setBy = (input: Input): Attributes => {
  const expression = input['UpdateExpression'];
  if (typeof expression !== 'string') return {};
  const clause = /\bSET\b([\s\S]*)/.exec(expression)?.[1]?.split(otherClause)[0]?.trim() ?? '';
  const names = (input['ExpressionAttributeNames'] ?? {}) as Readonly<Record<string, string | undefined>>;
  const values = attributesOf(input['ExpressionAttributeValues']);
  return Object.fromEntries(
    [...clause.matchAll(assignment)].map(([, name = '', value = '']) => [names[name] ?? name, values[value]]),
  );
};

/**
 * What the request log says of a call beside its table: which item (`key.id`), which texts were set (`set.status`), and
 * which index was asked (`index`). A reader can count by it what was written to an item, without a word from who wrote it.
 */
export const describeRequest = (input: Input): Detail => ({
  ...textsOf('key', attributesOf(input['Key'])),
  ...textsOf('set', { ...attributesOf(input['Item']), ...setBy(input) }),
  ...(typeof input['IndexName'] === 'string' ? { index: input['IndexName'] } : {}),
});

/** The texts of the item that made a condition fail (`old.status`), where the caller asked for it. */
export const describeRefusal = (body: Input): Detail => textsOf('old', attributesOf(body['Item']));
