import type { ServerResponse } from 'node:http';
import type { Answered, Exchange, ServiceName } from '../contracts.ts';

/** How a client reads an error: as S3's XML, as that of the services that are asked by forms, or as JSON. */
type Form = 's3' | 'query' | 'json';

const queryServices: ReadonlySet<ServiceName> = new Set<ServiceName>(['sns', 'sts', 'cloudformation']);

const formOf = (service: ServiceName): Form => {
  if (service === 's3') return 's3';
  return queryServices.has(service) ? 'query' : 'json';
};

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
  error: EndpointError,
): void => sendErrorAs(formOf(service), exchange, error);

type EndpointError = Readonly<{ status: number; code: string; message: string }>;

const sendErrorAs = (form: Form, exchange: Pick<Exchange, 'response' | 'requestId'>, error: EndpointError): void => {
  const { response, requestId } = exchange;
  if (form === 'json') {
    response.setHeader('x-amzn-RequestId', requestId);
    response.setHeader('x-amzn-ErrorType', error.code);
    const body = JSON.stringify({ __type: error.code, message: error.message });
    sendBody(response, error.status, 'application/x-amz-json-1.0', body);
    return;
  }
  response.setHeader('x-amz-request-id', requestId);
  const inner = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
  const body =
    form === 's3'
      ? `<Error>${inner}<RequestId>${requestId}</RequestId></Error>`
      : `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  sendBody(response, error.status, 'text/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
};

/** Answers that the local cloud does not have this service, in the form that its clients are likely to read. */
export const sendNoService = (
  service: string,
  exchange: Pick<Exchange, 'request' | 'response' | 'requestId'>,
): void => {
  const isAskedByForm = exchange.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const message = `The local cloud does not have the service ${service}.`;
  sendErrorAs(isAskedByForm === true ? 'query' : 'json', exchange, { status: 501, code: 'NotImplemented', message });
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
