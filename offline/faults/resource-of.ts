import type { Exchange, ServiceName } from '../contracts.ts';
import { resourceOf as tableOf } from '../dynamodb/dynamodb.ts';
import { parseFields } from '../endpoint/json-input.ts';
import { readBody } from '../endpoint/read-body.ts';
import { routeOf } from '../lambda/lambda-api.ts';
import { resourceOf as logGroupOf } from '../logs/logs.ts';
import { snsProtocol, sqsProtocol } from '../messaging/protocols.ts';
import { localAccountId } from '../resources/physical-names.ts';
import { parseAddress, resourceOf as addressed } from '../s3/address.ts';
import { S3Error } from '../s3/errors.ts';
import { resourceOf as executionOf } from '../stepfunctions/step-functions.ts';

/** DynamoDB's limit of a request; the others take less. */
const maximumRequestBytes = 16 * 1024 * 1024;

const objectOf = ({ request }: Exchange): string => {
  try {
    return addressed(parseAddress(request.url ?? '/', request.headers.host ?? ''));
  } catch (error) {
    // An address that is none names nothing.
    if (error instanceof S3Error) return '';
    throw error;
  }
};

const inBody: Readonly<Partial<Record<ServiceName, (body: string) => string>>> = {
  dynamodb: (body) => tableOf(parseFields(body)),
  sqs: sqsProtocol.resourceOf,
  sns: snsProtocol.resourceOf,
  logs: (body) => logGroupOf(parseFields(body)),
  states: (body) => executionOf(parseFields(body)),
  sts: () => localAccountId,
};

/**
 * What a call is about, in the words that its service would log, where a fault keeps it from that service. Reads the
 * body, but for S3's, which may be an object of any size.
 */
export const resourceOf = async (service: ServiceName, exchange: Exchange): Promise<string> => {
  if (service === 's3') return objectOf(exchange);
  const body = (await readBody(exchange.request, maximumRequestBytes)).toString();
  return service === 'lambda' ? routeOf(exchange).functionName : (inBody[service]?.(body) ?? '');
};
