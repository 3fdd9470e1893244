import type { Answered, Exchange, Service, ServiceName } from '../contracts.ts';
import { sendBody, sendError, sendNotImplemented } from './answers.ts';
import type { Fields } from './json-input.ts';
import { readBody, targetOperation } from './read-body.ts';

/** A service of the JSON protocol refuses a call; `code` is what the client's error is named by. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Something of an operation that is not built: the caller reads what. */
export const notBuilt = (what: string): ServiceError =>
  new ServiceError('NotImplemented', `The local cloud does not have ${what}.`, 501);

/** One operation: AWS's input to AWS's output, or a {@link ServiceError}. */
export type JsonOperation = (input: Fields) => unknown;

export type JsonServiceOptions = Readonly<{
  service: ServiceName;
  /** `application/x-amz-json-1.0` or `-1.1`. */
  contentType: string;
  maximumRequestBytes: number;
  operations: Readonly<Record<string, JsonOperation>>;
  /** What a call is done to, for the request log. */
  resourceOf: (input: Fields) => string;
  close: () => Promise<void>;
}>;

const parse = (body: Buffer): Fields => {
  try {
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Fields;
  } catch {
    // Said below, in AWS's words.
  }
  throw new ServiceError('SerializationException', 'The body of the request is not a JSON object.');
};

/** A service that speaks AWS's JSON protocol. An operation that it does not have is answered 501 by its name. */
export const createJsonService = (options: JsonServiceOptions): Service => ({
  handle: async (exchange: Exchange): Promise<Answered> => {
    const { service, operations, resourceOf } = options;
    const operation = targetOperation(exchange.request);
    const body = await readBody(exchange.request, options.maximumRequestBytes);
    const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (perform === undefined) return sendNotImplemented(service, operation, exchange);
    let resource = '';
    try {
      const input = parse(body);
      resource = resourceOf(input);
      const output = (await perform(input)) ?? {};
      exchange.response.setHeader('x-amzn-RequestId', exchange.requestId);
      sendBody(exchange.response, 200, options.contentType, JSON.stringify(output));
      return { operation, resource };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      sendError(service, exchange, error);
      return { operation, resource, errorCode: error.code };
    }
  },
  close: options.close,
});
