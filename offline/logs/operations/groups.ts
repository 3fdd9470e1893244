import type { Fields } from '../../endpoint/json-input.ts';
import { notBuilt, ServiceError, type JsonOperation } from '../../endpoint/json-service.ts';
import { localArn } from '../../resources/physical-names.ts';
import { groupOf, type Context } from '../context.ts';
import { fields, invalidParameter } from '../errors.ts';
import { readToken, writeToken } from '../page-token.ts';
import type { LogGroup } from '../store/groups.ts';

/** The periods that AWS takes, in days. */
const retentions: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

const groupArn = (name: string): string => localArn('logs', `log-group:${name}`);

const checkName = (name: string): string => {
  if (/^[\w.\-/#]{1,512}$/.test(name)) return name;
  throw invalidParameter(
    `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: ` +
      'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+',
  );
};

const createLogGroup = ({ store, now }: Context, input: Fields): void => {
  const name = checkName(fields.text(input, 'logGroupName'));
  if (input['kmsKeyId'] !== undefined) throw notBuilt('encryption of log groups by KMS');
  if ((input['logGroupClass'] ?? 'STANDARD') !== 'STANDARD') throw notBuilt('log group classes but STANDARD');
  if (store.groups.find(name)) {
    throw new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  store.commit(() => {
    store.groups.create(name, now().getTime());
    store.groups.setTags(name, tagsOf(input['tags']));
  });
};

const describe = ({ store }: Context, group: LogGroup) => ({
  logGroupName: group.name,
  creationTime: group.createdMs,
  ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
  metricFilterCount: 0,
  arn: `${groupArn(group.name)}:*`,
  logGroupArn: groupArn(group.name),
  storedBytes: store.events.storedBytes(group.id),
  logGroupClass: 'STANDARD',
});

const describeLogGroups = (context: Context, input: Fields): unknown => {
  const limit = fields.optionalNumber(input, 'limit', { min: 1, max: 50 }) ?? 50;
  const prefix = fields.optionalText(input, 'logGroupNamePrefix') ?? '';
  const pattern = fields.optionalText(input, 'logGroupNamePattern') ?? '';
  if (prefix !== '' && pattern !== '') {
    throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const place = readToken(fields.optionalText(input, 'nextToken'));
  const after = typeof place === 'string' ? place : '';
  const found = context.store.groups.list({ prefix, pattern, after, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    logGroups: page.map((group) => describe(context, group)),
    ...(found.length > limit ? { nextToken: writeToken(page.at(-1)?.name) } : {}),
  };
};

const putRetentionPolicy = (context: Context, input: Fields): void => {
  const days = fields.number(input, 'retentionInDays');
  const { name } = groupOf(context, input);
  if (!retentions.has(days)) {
    throw invalidParameter(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${[...retentions].join(', ')}]`,
    );
  }
  context.store.groups.setRetention(name, days);
};

const tagsOf = (value: unknown): Record<string, string> =>
  typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};

/** A group by the ARN that tagging takes: without the `:*` at its end. */
const taggedGroup = (context: Context, input: Fields): LogGroup =>
  groupOf(context, { logGroupIdentifier: fields.text(input, 'resourceArn') });

/** The operations on log groups, their retention and their tags. */
export const groupOperations = (context: Context): Readonly<Record<string, JsonOperation>> => ({
  CreateLogGroup: (input) => createLogGroup(context, input),
  DeleteLogGroup: (input) => {
    const group = groupOf(context, input);
    context.store.commit(() => context.store.groups.remove(group));
  },
  DescribeLogGroups: (input) => describeLogGroups(context, input),
  PutRetentionPolicy: (input) => putRetentionPolicy(context, input),
  DeleteRetentionPolicy: (input) => context.store.groups.setRetention(groupOf(context, input).name, undefined),
  ListTagsForResource: (input) => ({ tags: taggedGroup(context, input).tags }),
  TagResource: (input) => {
    const { name, tags } = taggedGroup(context, input);
    context.store.groups.setTags(name, { ...tags, ...tagsOf(input['tags']) });
  },
  UntagResource: (input) => {
    const { name, tags } = taggedGroup(context, input);
    const removed = new Set(fields.list(input, 'tagKeys'));
    context.store.groups.setTags(name, Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))));
  },
});
