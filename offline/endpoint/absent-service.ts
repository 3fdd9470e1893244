import type { IncomingMessage } from 'node:http';
import type { Service, ServiceName } from '../contracts.ts';
import { sendNotImplemented } from './answers.ts';
import { readBody, targetOperation } from './read-body.ts';

const operationOf = (request: IncomingMessage, body: string): string =>
  targetOperation(request) || new URLSearchParams(body).get('Action') || `${request.method ?? ''} ${request.url ?? ''}`;

/** Stands where the local cloud has no service: it answers 501 and names what was asked. */
export const createAbsentService = (service: ServiceName): Service => ({
  handle: async (exchange) => {
    const body = await readBody(exchange.request, 16 * 1024 * 1024);
    return sendNotImplemented(service, operationOf(exchange.request, body.toString()), exchange);
  },
  close: () => Promise.resolve(),
});
