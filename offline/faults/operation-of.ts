import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Exchange, ServiceName } from '../contracts.ts';
import { targetOperation } from '../endpoint/read-body.ts';
import { parseAddress } from '../s3/address.ts';
import { S3Error } from '../s3/errors.ts';
import { withHoistedHeaders } from '../s3/presigned.ts';
import { findRoute } from '../s3/router.ts';

/** The services whose operation stands in a form, in the body. */
const formServices: ReadonlySet<ServiceName> = new Set<ServiceName>(['sns', 'sts', 'cloudformation']);

const s3Operation = (request: IncomingMessage): string => {
  const { method = 'GET', url = '/', headers } = request;
  try {
    const address = parseAddress(url, headers.host ?? '');
    return findRoute(method, { ...address, headers: withHoistedHeaders(headers, address.query) }).name;
  } catch (error) {
    // S3 will say itself what is wrong with it.
    if (error instanceof S3Error) return '';
    throw error;
  }
};

/** Looks at the beginning of a body and puts it back: SDKs write the action first. */
const peekAction = async (request: IncomingMessage): Promise<string> => {
  let chunk = request.read() as Buffer | null;
  if (chunk === null && !request.readableEnded) {
    // A client that leaves here is the service's to find out.
    await once(request, 'readable').catch(() => undefined);
    chunk = request.read() as Buffer | null;
  }
  if (chunk === null) return '';
  request.unshift(chunk);
  return new URLSearchParams(chunk.toString()).get('Action') ?? '';
};

/** The operation that a request asks for, before its service has seen it; empty when it does not say. */
export const operationOf = async (service: ServiceName, { request, url }: Exchange): Promise<string> => {
  if (service === 's3') return s3Operation(request);
  if (service === 'lambda') return url.pathname.endsWith('/invocations') ? 'Invoke' : '';
  return formServices.has(service) ? peekAction(request) : targetOperation(request);
};
