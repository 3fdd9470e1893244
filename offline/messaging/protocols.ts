import type { IncomingMessage } from 'node:http';
import type { ServiceName } from '../contracts.ts';
import { parseFields } from '../endpoint/json-input.ts';
import { targetOperation } from '../endpoint/read-body.ts';
import { prepareSnsRequest } from './sns-requests.ts';
import { prepareSqsRequest } from './sqs-requests.ts';
import type { HasQueue, Prepared } from './sqs-requests.ts';

/** What differs between the wire formats of SQS (JSON 1.0) and SNS (query form and XML). */
export type Protocol = Readonly<{
  service: Extract<ServiceName, 'sqs' | 'sns'>;
  contentType: string;
  answerType: string;
  operationOf(request: IncomingMessage, body: string): string;
  targetHeader(operation: string): Readonly<Record<string, string>>;
  encode(operation: string, input: Readonly<Record<string, unknown>>): string;
  /**
   * Does to a caller's request what AWS does and fauxqs leaves out.
   *
   * @throws {RequestError} when AWS would refuse it
   */
  prepare(operation: string, body: string, hasQueue: HasQueue): Prepared;
  /** The name of the queue or topic that a request is about, for the request log. */
  resourceOf(body: string): string;
  errorCodeOf(answer: string): string;
  /** Headers that clients read the error from, besides the body. */
  errorHeaders(errorCode: string): Readonly<Record<string, string>>;
}>;

/** The codes that SQS's older protocol writes with a prefix, some under another name; fauxqs prefixes them all. */
const prefixedQueryCodes: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'BatchRequestTooLong',
  EmptyBatchRequest: 'EmptyBatchRequest',
  InvalidBatchEntryId: 'InvalidBatchEntryId',
  MessageNotInflight: 'MessageNotInflight',
  PurgeQueueInProgress: 'PurgeQueueInProgress',
  QueueDeletedRecently: 'QueueDeletedRecently',
  QueueDoesNotExist: 'NonExistentQueue',
  TooManyEntriesInBatchRequest: 'TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'UnsupportedOperation',
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** SQS's JSON protocol, which every SDK since 2023 speaks. */
export const sqsProtocol: Protocol = {
  service: 'sqs',
  contentType: 'application/x-amz-json-1.0',
  answerType: 'application/x-amz-json-1.0',
  operationOf: (request, body) => targetOperation(request) || (new URLSearchParams(body).get('Action') ?? ''),
  targetHeader: (operation) => ({ 'x-amz-target': `AmazonSQS.${operation}` }),
  encode: (_operation, input) => JSON.stringify(input),
  prepare: prepareSqsRequest,
  resourceOf: (body) => {
    const { QueueUrl, QueueName } = parseFields(body);
    return textOf(QueueUrl).split('/').at(-1) || textOf(QueueName);
  },
  errorCodeOf: (answer) => textOf(parseFields(answer)['__type']).split('#').at(-1) || 'InternalError',
  errorHeaders: (errorCode) => {
    const prefixed = prefixedQueryCodes[errorCode];
    const code = prefixed === undefined ? errorCode : `AWS.SimpleQueueService.${prefixed}`;
    return { 'x-amzn-query-error': `${code};Sender` };
  },
};

/** SNS's query protocol. */
export const snsProtocol: Protocol = {
  service: 'sns',
  contentType: 'application/x-www-form-urlencoded',
  answerType: 'text/xml',
  operationOf: (_request, body) => new URLSearchParams(body).get('Action') ?? '',
  targetHeader: () => ({}),
  encode: (operation, input) =>
    new URLSearchParams([
      ['Action', operation],
      ...Object.entries(input).map(([name, value]) => [name, String(value)]),
    ] as [string, string][]).toString(),
  prepare: (_operation, body) => ({ body: prepareSnsRequest(body) }),
  resourceOf: (body) => {
    const form = new URLSearchParams(body);
    const arn = form.get('TopicArn') ?? form.get('TargetArn') ?? form.get('SubscriptionArn') ?? '';
    return arn.split(':')[5] ?? form.get('Name') ?? '';
  },
  errorCodeOf: (answer) => /<Code>([^<]*)<\/Code>/.exec(answer)?.[1] ?? 'InternalError',
  errorHeaders: () => ({}),
};
