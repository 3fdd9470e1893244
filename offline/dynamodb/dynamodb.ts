import { crc32 } from 'node:zlib';
import type { Answered, Exchange, Service } from '../contracts.ts';
import { readBody, targetOperation } from '../endpoint/read-body.ts';
import { describeRefusal, describeRequest } from './describe-request.ts';
import { callDynalite, dynaliteOperations, isRefusal, openStore } from './dynalite.ts';
import type { Store } from './dynalite-internals.ts';
import { refuse } from './refuse.ts';
import { forgetSettings, settingsOperations } from './table-settings.ts';

/** DynamoDB's own limit of a request. */
const maximumRequestBytes = 16 * 1024 * 1024;

/** The local DynamoDB: a service, and a way for the resource creator to call it in process. */
export type LocalDynamoDb = Service &
  Readonly<{
    /**
     * Runs one operation with DynamoDB's own input and output.
     *
     * @throws {Refusal} when DynamoDB would answer with an error; its `body.__type` ends in the error's code.
     */
    call(operation: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
  }>;

const call = async (store: Store, operation: string, input: Record<string, unknown>): Promise<unknown> => {
  const settings = settingsOperations[operation];
  if (settings) {
    const tableName = String(input['TableName']);
    await callDynalite(store, 'DescribeTable', { TableName: tableName });
    return settings(store, tableName, input);
  }
  if (!dynaliteOperations.has(operation)) {
    throw refuse('UnknownOperationException', `The local cloud does not have dynamodb:${operation}.`);
  }
  const result = await callDynalite(store, operation, input);
  if (operation === 'DeleteTable') await forgetSettings(store, String(input['TableName']));
  return result;
};

const parse = (body: Buffer): Record<string, unknown> => {
  try {
    const input: unknown = JSON.parse(body.toString());
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch {
    // Said below, in DynamoDB's words.
  }
  throw refuse('SerializationException', 'The body of the request is not a JSON object.');
};

/** The table, or for a batch the tables, that a request is about. */
export const resourceOf = (input: Readonly<Record<string, unknown>>): string => {
  const tables = input['RequestItems'];
  if (typeof tables === 'object' && tables !== null) return Object.keys(tables).join(',');
  const name = input['TableName'] ?? input['ResourceArn'];
  return typeof name === 'string' ? name : '';
};

const send = ({ response, requestId }: Exchange, status: number, value: unknown): void => {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.0',
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': requestId,
    'x-amz-crc32': crc32(body),
  });
  response.end(body);
};

const handle = async (store: Store, exchange: Exchange): Promise<Answered> => {
  const operation = targetOperation(exchange.request);
  let resource = '';
  let detail: Answered['detail'] = {};
  try {
    const input = parse(await readBody(exchange.request, maximumRequestBytes));
    resource = resourceOf(input);
    detail = describeRequest(input);
    send(exchange, 200, (await call(store, operation, input)) ?? {});
    return { operation, resource, detail };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    send(exchange, error.statusCode, error.body);
    const errorCode = error.body.__type.split('#').at(-1) ?? '';
    return { operation, resource, errorCode, detail: { ...detail, ...describeRefusal(error.body) } };
  }
};

/** Opens the tables that are kept under `directory`. */
export const createDynamoDb = async (options: { directory: string }): Promise<LocalDynamoDb> => {
  const store = await openStore(options.directory);
  return {
    call: (operation, input) => call(store, operation, { ...input }),
    handle: (exchange) => handle(store, exchange),
    close: () => store.db.close(),
  };
};
