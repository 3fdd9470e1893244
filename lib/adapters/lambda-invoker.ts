import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Invoker } from '../ports/invoker.ts';
import { callAws } from './aws-errors.ts';

/** Hands the baton to the next run of a function, asynchronously. */
export const createLambdaInvoker = (client: LambdaClient, { functionName }: { functionName: string }): Invoker => ({
  async handOn(baton) {
    await callAws(`Invoke of ${functionName}`, () =>
      client.send(
        new InvokeCommand({
          FunctionName: functionName,
          InvocationType: 'Event',
          Payload: JSON.stringify({ baton }),
        }),
      ),
    );
  },
});
