/**
 * Lambda refuses to run a function. The name is AWS's own, and it is what a caller sees as the error code.
 * A function that ran and failed is no such error: that is an outcome.
 */
export class LambdaServiceError extends Error {
  readonly statusCode: number;

  constructor(name: string, statusCode: number, message: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
  }
}

/** There is no function of that name. */
export const resourceNotFound = (functionArn: string): LambdaServiceError =>
  new LambdaServiceError('ResourceNotFoundException', 404, `Function not found: ${functionArn}`);

/** The payload is above 6 MB (`RequestResponse`) or 1 MB (`Event`). */
export const requestTooLarge = (limitBytes: number): LambdaServiceError =>
  new LambdaServiceError(
    'RequestTooLargeException',
    413,
    `Request must be smaller than ${limitBytes} bytes for the Invoke operation`,
  );

/** The payload is not JSON. */
export const invalidRequestContent = (reason: string): LambdaServiceError =>
  new LambdaServiceError('InvalidRequestContentException', 400, `Could not parse request body into json: ${reason}`);

/** The function stands in its own chain of invocations too often. */
export const recursiveInvocation = (): LambdaServiceError =>
  new LambdaServiceError(
    'RecursiveInvocationException',
    400,
    'The function was invoked in a recursive loop with other AWS resources, and its invocation was stopped.',
  );
