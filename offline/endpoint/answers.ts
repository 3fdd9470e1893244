import type { ServerResponse } from 'node:http';
import type { Answered, Exchange, ServiceName } from '../contracts.ts';

/** The services whose errors are XML; the others' are JSON. */
const xmlServices: ReadonlySet<ServiceName> = new Set<ServiceName>(['s3', 'sns', 'sts', 'cloudformation']);

/** Ends the response with a whole body. */
export const sendBody = (response: ServerResponse, status: number, contentType: string, body: string): void => {
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
};

/** Ends the response with a JSON body. */
export const sendJson = (response: ServerResponse, status: number, value: unknown): void =>
  sendBody(response, status, 'application/json', JSON.stringify(value));

/** Writes a text so that it may stand between XML tags. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An error that the endpoint itself has to say, in the form that the clients of this service can read. */
export const sendError = (
  service: ServiceName,
  exchange: Pick<Exchange, 'response' | 'requestId'>,
  error: Readonly<{ status: number; code: string; message: string }>,
): void => {
  const { response, requestId } = exchange;
  if (!xmlServices.has(service)) {
    response.setHeader('x-amzn-RequestId', requestId);
    response.setHeader('x-amzn-ErrorType', error.code);
    const body = JSON.stringify({ __type: error.code, message: error.message });
    sendBody(response, error.status, 'application/x-amz-json-1.0', body);
    return;
  }
  response.setHeader('x-amz-request-id', requestId);
  const inner = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
  const body =
    service === 's3'
      ? `<Error>${inner}<RequestId>${requestId}</RequestId></Error>`
      : `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  sendBody(response, error.status, 'text/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
};

/** Answers that the local cloud does not have this operation, by its name. */
export const sendNotImplemented = (
  service: ServiceName,
  operation: string,
  exchange: Pick<Exchange, 'response' | 'requestId'>,
): Answered => {
  const message = `The local cloud does not have ${service}:${operation}.`;
  sendError(service, exchange, { status: 501, code: 'NotImplemented', message });
  return { operation, resource: '', errorCode: 'NotImplemented' };
};
