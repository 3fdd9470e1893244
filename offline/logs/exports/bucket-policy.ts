import { localAccountId, localRegion } from '../../resources/physical-names.ts';

type Statement = Readonly<Record<string, unknown>>;

/** What CloudWatch Logs asks of S3, and what it says of itself. */
export type Request = Readonly<{ action: string; resource: string; keys: Readonly<Record<string, string>> }>;

/** The service principal, as bucket policies name it. */
const principals = [`logs.${localRegion}.amazonaws.com`, 'logs.amazonaws.com'];

/** What CloudWatch Logs states with each call, for the conditions of a policy. */
export const requestKeys = (groupName: string): Readonly<Record<string, string>> => ({
  'aws:sourceaccount': localAccountId,
  'aws:sourcearn': `arn:aws:logs:${localRegion}:${localAccountId}:log-group:${groupName}:*`,
  'aws:securetransport': 'true',
  's3:x-amz-acl': 'bucket-owner-full-control',
});

const listOf = (value: unknown): string[] => [value].flat().map(String);

/** `*` is any text and `?` any character, as in policies. */
const matches = (pattern: string, text: string): boolean => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
};

const equals = (wanted: string, value: string): boolean => wanted === value;

/** The operators that a policy for exports uses. */
const operators: Readonly<Record<string, (wanted: string, value: string) => boolean>> = {
  StringEquals: equals,
  StringLike: matches,
  ArnEquals: matches,
  ArnLike: matches,
  Bool: (wanted, value) => wanted.toLowerCase() === value,
};

/** Whether every condition holds; one that cannot be judged holds for nothing. */
const conditionsHold = (statement: Statement, keys: Request['keys']): boolean =>
  Object.entries((statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>).every(
    ([operator, conditions]) =>
      Object.entries(conditions).every(([key, wanted]) => {
        const value = keys[key.toLowerCase()];
        const holds = operators[operator];
        return value !== undefined && holds !== undefined && listOf(wanted).some((one) => holds(one, value));
      }),
  );

const isForLogs = ({ Principal: principal }: Statement): boolean => {
  if (principal === '*') return true;
  const { Service: service = [], AWS: accounts = [] } = (principal ?? {}) as Record<string, unknown>;
  return listOf(service).some((name) => principals.includes(name)) || listOf(accounts).includes('*');
};

const covers = (statement: Statement, { action, resource, keys }: Request): boolean =>
  isForLogs(statement) &&
  listOf(statement['Action'] ?? []).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  listOf(statement['Resource'] ?? []).some((pattern) => matches(pattern, resource)) &&
  conditionsHold(statement, keys);

/** Whether the bucket's policy lets CloudWatch Logs do this: some statement allows it, and none denies it. */
export const isAllowed = (policy: string | undefined, request: Request): boolean => {
  if (policy === undefined) return false;
  const { Statement: given } = JSON.parse(policy) as { Statement?: unknown };
  const statements = [given ?? []].flat() as Statement[];
  const covering = statements.filter((statement) => covers(statement, request)).map(({ Effect }) => Effect);
  return covering.includes('Allow') && !covering.includes('Deny');
};
