/** A refusal that no retry helps against, as the SDK throws it: a bug of the caller, which no adapter translates. */
export const refusedBy = (service: string, name: string, message: string): Error =>
  Object.assign(new Error(`${service}: ${message}`), { name, $metadata: { httpStatusCode: 400 } });
