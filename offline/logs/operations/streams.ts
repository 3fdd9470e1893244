import type { Fields } from '../../endpoint/json-input.ts';
import { ServiceError, type JsonOperation } from '../../endpoint/json-service.ts';
import { localArn } from '../../resources/physical-names.ts';
import { groupOf, streamOf, type Context } from '../context.ts';
import { fields, invalidParameter } from '../errors.ts';
import { readToken, writeToken } from '../page-token.ts';
import type { LogStream } from '../store/streams.ts';

const createLogStream = (context: Context, input: Fields): void => {
  const name = fields.text(input, 'logStreamName');
  if (name.length > 512 || /[:*]/.test(name)) {
    throw invalidParameter(
      `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: ` +
        'Member must satisfy regular expression pattern: [^:*]*',
    );
  }
  const { store, now } = context;
  const group = groupOf(context, input);
  if (store.streams.find(group.id, name)) {
    throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
  }
  store.streams.create(group.id, name, now().getTime());
};

const describe = (groupName: string, stream: LogStream) => ({
  logStreamName: stream.name,
  creationTime: stream.createdMs,
  firstEventTimestamp: stream.firstEventMs,
  lastEventTimestamp: stream.lastEventMs,
  lastIngestionTime: stream.lastIngestedMs,
  uploadSequenceToken: '49',
  arn: localArn('logs', `log-group:${groupName}:log-stream:${stream.name}`),
  storedBytes: 0,
});

/** The order of a page, and what a token says of its last stream. */
const orders = {
  LogStreamName: (left: LogStream, right: LogStream) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)),
  LastEventTime: (left: LogStream, right: LogStream) =>
    (left.lastEventMs ?? 0) - (right.lastEventMs ?? 0) || orders.LogStreamName(left, right),
} as const;

const describeLogStreams = (context: Context, input: Fields): unknown => {
  const limit = fields.optionalNumber(input, 'limit', { min: 1, max: 50 }) ?? 50;
  const prefix = fields.optionalText(input, 'logStreamNamePrefix') ?? '';
  const orderBy = fields.optionalText(input, 'orderBy') ?? 'LogStreamName';
  if (orderBy !== 'LogStreamName' && orderBy !== 'LastEventTime') {
    throw invalidParameter(
      `1 validation error detected: Value '${orderBy}' at 'orderBy' failed to satisfy constraint: ` +
        'Member must satisfy enum value set: [LogStreamName, LastEventTime]',
    );
  }
  if (orderBy === 'LastEventTime' && prefix !== '') {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const group = groupOf(context, input);
  const compare = orders[orderBy];
  const ordered = [...context.store.streams.list(group.id, prefix)].sort(compare);
  if (fields.flag(input, 'descending')) ordered.reverse();
  const last = readToken(fields.optionalText(input, 'nextToken'));
  const start = last === undefined ? 0 : ordered.findIndex(({ name }) => name === last) + 1;
  const page = ordered.slice(start, start + limit);
  return {
    logStreams: page.map((stream) => describe(group.name, stream)),
    ...(start + limit < ordered.length ? { nextToken: writeToken(page.at(-1)?.name) } : {}),
  };
};

/** The operations on log streams. */
export const streamOperations = (context: Context): Readonly<Record<string, JsonOperation>> => ({
  CreateLogStream: (input) => createLogStream(context, input),
  DeleteLogStream: (input) => {
    const stream = streamOf(context, groupOf(context, input), fields.text(input, 'logStreamName'));
    context.store.commit(() => context.store.streams.remove(stream));
  },
  DescribeLogStreams: (input) => describeLogStreams(context, input),
});
