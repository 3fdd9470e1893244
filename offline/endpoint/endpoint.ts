import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answered, Exchange, Service, ServiceName } from '../contracts.ts';
import { createAbsentService } from './absent-service.ts';
import { sendError, sendNoService } from './answers.ts';
import { controlPath, handleControl } from './control.ts';
import type { Control } from './control.ts';
import type { InterceptCall, Perform } from '../faults/faulty-calls.ts';
import { readCredentialScope } from './credential-scope.ts';
import { listenOnLoopback } from './listen.ts';
import type { RequestLog } from './request-log.ts';
import { BodyTooLargeError } from './read-body.ts';

/** The services behind the endpoint; a name that is left out answers 501. */
export type Services = Readonly<Partial<Record<ServiceName, Service>>>;

export type EndpointOptions = Readonly<{
  /** 0 takes a free port. */
  port: number;
  stage: string;
  requestLog: RequestLog;
  now: () => Date;
  /** Where an exception of a service goes: it is a defect of the local cloud, and must be seen. */
  reportError: (error: unknown) => void;
}>;

/** The one address of the local cloud. */
export type Endpoint = Readonly<{
  port: number;
  /** `http://localhost:<port>`. */
  url: string;
  /** Starts to answer: until then every request is told to come again. */
  open(services: Services, control: Control, intercept?: InterceptCall): void;
  /** Stops to listen and ends every connection at once; the services are their owner's to close. */
  close(): Promise<void>;
}>;

/** S3 writes its request ids as 16 hexadecimal digits, the other services as UUIDs. */
const newRequestId = (service: ServiceName): string =>
  service === 's3' ? randomBytes(8).toString('hex').toUpperCase() : randomUUID();

/** The path as the client sent it may not be a URL path at all (an S3 key may begin with `//`): only the query is read. */
const parseUrl = (request: IncomingMessage): URL => {
  const target = request.url ?? '/';
  return new URL(`http://localhost${target.startsWith('/') ? target : `/${target}`}`);
};

/** Starts to listen. The services come with {@link Endpoint.open}, since their URLs hold the port. */
export const createEndpoint = async (options: EndpointOptions): Promise<Endpoint> => {
  const { stage, requestLog } = options;
  const absent = new Map<ServiceName, Service>();
  let services: Services | undefined;
  let control: Control | undefined;
  let intercept: InterceptCall = (_service, exchange, perform) => perform(exchange);

  const serviceFor = (name: ServiceName, open: Services): Service => {
    const service = open[name] ?? absent.get(name) ?? createAbsentService(name);
    if (!open[name]) absent.set(name, service);
    return service;
  };

  const answerFailure = (name: ServiceName, exchange: Exchange, error: unknown): Answered => {
    const { response, request } = exchange;
    const clientLeft = request.destroyed && !request.complete;
    if (!clientLeft && !(error instanceof BodyTooLargeError)) options.reportError(error);
    const failure =
      error instanceof BodyTooLargeError
        ? { status: 413, code: 'RequestEntityTooLarge', message: error.message }
        : { status: 500, code: 'InternalError', message: 'The local cloud failed; see its output.' };
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) {
      response.shouldKeepAlive = request.complete;
      sendError(name, exchange, failure);
    }
    return { operation: '', resource: '', errorCode: clientLeft ? 'ClientLeft' : failure.code };
  };

  const handleService = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const scope = readCredentialScope(request, url);
    if (typeof scope === 'string') {
      sendNoService(scope, { request, response, requestId: newRequestId('sts') });
      return;
    }
    const { service: name, accessKeyId, region } = scope;
    const exchange: Exchange = { request, response, url, requestId: newRequestId(name), accessKeyId, region };
    if (!services) {
      const message = 'The local cloud is starting.';
      sendError(name, exchange, { status: 503, code: 'ServiceUnavailable', message });
      return;
    }
    const service = serviceFor(name, services);
    const startedAt = options.now();
    const started = performance.now();
    const invocation = /(?:^|;)Parent=([0-9a-f]+)/.exec(String(request.headers['x-amzn-trace-id'] ?? ''))?.[1];
    const perform: Perform = async (performed, handleCall = (met) => service.handle(met)) => {
      const answered = await handleCall(performed).catch((error: unknown) => answerFailure(name, performed, error));
      requestLog.append({
        at: startedAt.toISOString(),
        accessKeyId,
        service: name,
        operation: answered.operation,
        resource: answered.resource,
        status: performed.response.statusCode,
        durationMs: Math.round((performance.now() - started) * 1000) / 1000,
        ...(answered.errorCode === undefined ? {} : { errorCode: answered.errorCode }),
        ...(answered.detail === undefined ? {} : { detail: answered.detail }),
        ...(invocation === undefined ? {} : { invocation }),
      });
    };
    await intercept(name, exchange, perform);
  };

  /** Exchanges under way: a caller that has its answer may ask for the log before the line about it is written. */
  const underWay = new Map<ServerResponse, Promise<void>>();
  const answeredAreLogged = async (): Promise<void> => {
    await Promise.all([...underWay].filter(([response]) => response.writableEnded).map(([, ended]) => ended));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = parseUrl(request);
    if (!url.pathname.startsWith(controlPath)) {
      const ended = handleService(request, response, url).finally(() => underWay.delete(response));
      underWay.set(response, ended);
      return ended;
    }
    if (url.pathname.endsWith('/requests')) await answeredAreLogged();
    return handleControl(request, response, url, { stage, requestLog, control });
  };

  const loopback = await listenOnLoopback((request, response) => {
    handle(request, response).catch((error: unknown) => {
      options.reportError(error);
      response.destroy();
    });
  }, options.port);

  return {
    port: loopback.port,
    url: `http://localhost:${loopback.port}`,
    open: (opened, openedControl, openedIntercept = intercept) => {
      intercept = openedIntercept;
      services = opened;
      control = openedControl;
    },
    close: () => loopback.close(),
  };
};
