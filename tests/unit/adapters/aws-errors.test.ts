import { translateError } from '../../../lib/adapters/aws-errors.ts';

const sdkError = (name: string, status?: number, code?: string): Error =>
  Object.assign(new Error('message'), {
    name,
    ...(status !== undefined && { $metadata: { httpStatusCode: status } }),
    ...(code !== undefined && { code }),
  });

describe('an SDK error', () => {
  it.each([
    [sdkError('ProvisionedThroughputExceededException', 400), 'ServiceUnavailableError'],
    [sdkError('ThrottlingException', 400), 'ServiceUnavailableError'],
    [sdkError('SlowDown', 503), 'ServiceUnavailableError'],
    [sdkError('ConditionalRequestConflict', 409), 'ServiceUnavailableError'],
    [sdkError('RequestThrottled', 403), 'ServiceUnavailableError'],
    [sdkError('Whatever', 500), 'ServiceUnavailableError'],
    [sdkError('TimeoutError'), 'ServiceUnavailableError'],
    [sdkError('Error', undefined, 'ECONNRESET'), 'ServiceUnavailableError'],
    [sdkError('AccessDenied', 403), 'AccessDeniedError'],
    [sdkError('403', 403), 'AccessDeniedError'],
    [sdkError('CredentialsProviderError'), 'AccessDeniedError'],
    [sdkError('ValidationException', 400), 'ValidationException'],
  ])('%s is told by what can be done about it', (error, name) => {
    expect(translateError(error, 'GetObject of x')).toMatchObject({ name });
  });

  it('keeps its cause, and names the call', () => {
    const cause = sdkError('SlowDown', 503);
    expect(translateError(cause, 'GetObject of x')).toMatchObject({
      cause,
      message: 'GetObject of x could not be served (SlowDown: message)',
    });
  });

  it('about a permission says where to look', () => {
    expect(translateError(sdkError('AccessDenied', 403), 'x')).toMatchObject({ message: /IAM/ });
  });
});
