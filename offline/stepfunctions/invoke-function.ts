import type * as Sdk from '@aws-sdk/client-lambda';

/** An error of a task, by the name that `ErrorEquals` matches; the message is the cause. */
export class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Calls functions for tasks. */
export type InvokeFunction = Readonly<{
  /** JSON text to JSON text. Throws a {@link TaskError}. */
  invoke(functionName: string, payload: string): Promise<string>;
  close(): void;
}>;

/**
 * Calls the Lambda API at the local endpoint, as the service `states`: so a task's call stands in the request log and
 * meets the faults that are asked for. An error of the function keeps its name, one of Lambda gets `Lambda.` before it.
 */
export const createInvokeFunction = (place: { endpoint: string; region: string }): InvokeFunction => {
  let loading: Promise<{ client: Sdk.LambdaClient; sdk: typeof Sdk }> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-lambda').then((sdk) => {
      const credentials = { accessKeyId: 'states', secretAccessKey: 'local' };
      // Retrying is the definition's matter.
      return { sdk, client: new sdk.LambdaClient({ ...place, credentials, maxAttempts: 1 }) };
    });
    return loading;
  };

  return {
    async invoke(functionName, payload) {
      const { client, sdk } = await load();
      const command = new sdk.InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload) });
      const { FunctionError, Payload } = await client.send(command).catch((error: unknown) => {
        throw serviceError(sdk, error);
      });
      const text = Buffer.from(Payload ?? []).toString() || 'null';
      if (FunctionError === undefined) return text;
      const { errorType } = JSON.parse(text) as { errorType?: string };
      throw new TaskError(errorType ?? 'Lambda.Unknown', text);
    },
    close() {
      void loading?.then(({ client }) => client.destroy());
    },
  };
};

const serviceError = (sdk: typeof Sdk, error: unknown): TaskError => {
  const message = Error.isError(error) ? error.message : String(error);
  if (error instanceof sdk.LambdaServiceException) return new TaskError(`Lambda.${error.name}`, message);
  return new TaskError('Lambda.SdkClientException', message);
};
