import type { Answered, Exchange, ServiceName } from '../contracts.ts';
import { sendError } from '../endpoint/answers.ts';
import { resourceOf } from './resource-of.ts';

/** An error in the words of a service. */
type Refusal = Readonly<{
  status: number;
  code: string;
  message: string;
  headers?: Readonly<Record<string, string>>;
}>;

/** How each service says that it is asked too much. */
const throttles: Readonly<Record<ServiceName, Refusal>> = {
  s3: { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' },
  dynamodb: {
    status: 400,
    code: 'ProvisionedThroughputExceededException',
    message:
      'The level of configured provisioned throughput for the table was exceeded. ' +
      'Consider increasing your provisioning level with the UpdateTable API.',
  },
  sqs: {
    status: 400,
    code: 'RequestThrottled',
    message: 'The request was denied due to request throttling.',
    headers: { 'x-amzn-query-error': 'RequestThrottled;Sender' },
  },
  sns: { status: 429, code: 'Throttled', message: 'Rate exceeded' },
  lambda: { status: 429, code: 'TooManyRequestsException', message: 'Rate Exceeded.' },
  states: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
  logs: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
  sts: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  cloudformation: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
};

const internalFailure: Refusal = {
  status: 500,
  code: 'InternalFailure',
  message: 'The request processing has failed because of an unknown error, exception or failure.',
};

/** How each service says that it has failed itself. */
const failures: Readonly<Record<ServiceName, Refusal>> = {
  s3: { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
  dynamodb: { status: 500, code: 'InternalServerError', message: 'The server encountered an internal error.' },
  sqs: { ...internalFailure, headers: { 'x-amzn-query-error': 'InternalFailure;Receiver' } },
  sns: internalFailure,
  lambda: { status: 500, code: 'ServiceException', message: 'The Lambda service encountered an internal error.' },
  states: internalFailure,
  logs: { status: 500, code: 'ServiceUnavailableException', message: 'The service cannot complete the request.' },
  sts: internalFailure,
  cloudformation: internalFailure,
};

/** Answers as the service does when it throttles (`throttle`) or breaks (`fail`); the call takes no effect. */
export const refuse = async (
  fault: 'throttle' | 'fail',
  service: ServiceName,
  operation: string,
  exchange: Exchange,
): Promise<Answered> => {
  const { status, code, message, headers = {} } = (fault === 'throttle' ? throttles : failures)[service];
  const resource = await resourceOf(service, exchange);
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
  sendError(service, exchange, { status, code, message });
  return { operation, resource, errorCode: code };
};
