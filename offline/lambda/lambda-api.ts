import type { IncomingMessage } from 'node:http';

import type { Answered, Exchange, Runner, Service } from '../contracts.ts';
import { LambdaServiceError, resourceNotFound } from '../runner/errors.ts';

/** Above the largest payload of any route: what is longer is refused without being kept. */
const LONGEST_BODY_BYTES = 8 * 1024 * 1024;

/** Lambda's API as far as callers of functions need it: `Invoke`. Every other operation is refused by name. */
export function createLambdaApi(runner: Runner): Service {
  return {
    async handle(exchange) {
      const route = routeOf(exchange);
      exchange.response.setHeader('x-amzn-RequestId', exchange.requestId);
      try {
        if (route.operation !== 'Invoke') {
          throw new LambdaServiceError('NotImplemented', 501, `${route.operation} is not built in the local cloud.`);
        }
        await invoke(runner, route.functionName, exchange);
        return { operation: route.operation, resource: route.functionName };
      } catch (error) {
        return refuse(exchange, route, error);
      }
    },
    close: () => Promise.resolve(),
  };
}

type Route = Readonly<{ operation: string; functionName: string }>;

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;

/** Which operation a request asks for, and on which function, as the caller calls it. */
export function routeOf({ request, url }: Exchange): Route {
  const functionName = INVOKE_PATH.exec(url.pathname)?.[1];
  if (request.method === 'POST' && functionName !== undefined) {
    return { operation: 'Invoke', functionName: decodeURIComponent(functionName) };
  }
  return { operation: `${request.method ?? ''} ${url.pathname}`, functionName: '' };
}

async function invoke(runner: Runner, functionName: string, exchange: Exchange): Promise<void> {
  const { request, response, requestId } = exchange;
  refuseVersions(functionName, exchange);
  const type = header(request, 'x-amz-invocation-type') ?? 'RequestResponse';
  const payload = await readBody(request);
  const traceHeader = header(request, 'x-amzn-trace-id');
  const invocation = { functionName, payload, requestId, ...(traceHeader === undefined ? {} : { traceHeader }) };
  switch (type) {
    case 'RequestResponse': {
      const result = await runner.invoke(invocation);
      response.setHeader('X-Amz-Executed-Version', '$LATEST');
      if (result.status === 'error') response.setHeader('X-Amz-Function-Error', result.functionError);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(result.payload);
      return;
    }
    case 'Event':
      runner.invokeAsync(invocation);
      response.writeHead(202).end();
      return;
    case 'DryRun':
      // Throws where there is no such function.
      runner.arnOf(functionName);
      response.writeHead(204).end();
      return;
    default:
      throw new LambdaServiceError(
        'InvalidParameterValueException',
        400,
        `InvocationType must be RequestResponse, Event or DryRun, not ${type}`,
      );
  }
}

/** There are no versions and no aliases here, as there are none of a function that nobody has published. */
function refuseVersions(functionName: string, { url }: Exchange): void {
  const qualifier = url.searchParams.get('Qualifier') ?? '$LATEST';
  if (qualifier !== '$LATEST') throw resourceNotFound(`${functionName}:${qualifier}`);
}

function refuse({ response }: Exchange, route: Route, error: unknown): Answered {
  const known = error instanceof LambdaServiceError;
  const code = known ? error.name : 'ServiceException';
  const message = error instanceof Error ? error.message : String(error);
  const status = known ? error.statusCode : 500;
  const body = JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message, message });
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code }).end(body);
  return { operation: route.operation, resource: route.functionName, errorCode: code };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= LONGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > LONGEST_BODY_BYTES) {
    throw new LambdaServiceError(
      'RequestTooLargeException',
      413,
      `Request must be smaller than ${LONGEST_BODY_BYTES} bytes`,
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}
