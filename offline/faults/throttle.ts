import type { Answered, Exchange, ServiceName } from '../contracts.ts';
import { sendError } from '../endpoint/answers.ts';

type Throttled = Readonly<{
  status: number;
  code: string;
  message: string;
  headers?: Readonly<Record<string, string>>;
}>;

const otherwise: Throttled = { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' };

/** How each service says that it is asked too much. */
const answers: Readonly<Partial<Record<ServiceName, Throttled>>> = {
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
  sts: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  cloudformation: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
};

/** Answers as the service does when it throttles; the call takes no effect. */
export const throttle = (service: ServiceName, operation: string, exchange: Exchange): Answered => {
  const { status, code, message, headers = {} } = answers[service] ?? otherwise;
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
  sendError(service, exchange, { status, code, message });
  return { operation, resource: '', errorCode: code };
};
