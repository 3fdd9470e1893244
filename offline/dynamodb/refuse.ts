import type { Refusal } from './dynalite-internals.ts';

const shapes: Readonly<Record<string, string>> = {
  UnknownOperationException: 'com.amazon.coral.service',
  SerializationException: 'com.amazon.coral.service',
  ValidationException: 'com.amazon.coral.validate',
};

/** A refusal of the local DynamoDB's own, in the form in which dynalite makes its refusals. */
export const refuse = (code: string, message: string): Refusal =>
  Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: `${shapes[code] ?? 'com.amazonaws.dynamodb.v20120810'}#${code}`, message },
  });
