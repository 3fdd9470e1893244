import { AccessDeniedError, ServiceUnavailableError } from '../domain/errors.ts';

/** What every SDK error carries, as far as one may trust it. */
type AwsError = Error & { $metadata?: { httpStatusCode?: number }; $retryable?: unknown; code?: string };

const unavailableNames = new Set([
  'AbortError',
  'ConditionalRequestConflict',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
]);

const networkCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
]);

const deniedNames = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationErrorException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'KMSAccessDeniedException',
  'UnrecognizedClientException',
]);

/** The HTTP status of an SDK error; 0 when there was no response. */
export const statusOf = (error: unknown): number =>
  (Error.isError(error) ? (error as AwsError).$metadata?.httpStatusCode : undefined) ?? 0;

/**
 * Turns an SDK error into one of ours, with the call and its target in the message and the SDK's error as its cause.
 * What is neither a throttle, an outage nor a refusal is passed on as it is: a bug of ours, and it should look like one.
 */
export const translateError = (error: unknown, call: string): unknown => {
  if (!Error.isError(error)) return error;
  const { name, message, code } = error as AwsError;
  const status = statusOf(error);
  // By name first: SQS answers a throttle (`RequestThrottled`) with the status of a refusal.
  if (unavailableNames.has(name) || networkCodes.has(code ?? '') || status >= 500 || status === 429) {
    return new ServiceUnavailableError(`${call} could not be served (${name}: ${message})`, { cause: error });
  }
  if (deniedNames.has(name) || status === 403) {
    return new AccessDeniedError(`${call} was refused (${name}: ${message}): check this function's IAM statements`, {
      cause: error,
    });
  }
  return error;
};

/** Makes the call and translates its error. */
export const callAws = async <T>(call: string, send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, call);
  }
};
