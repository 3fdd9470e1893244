import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loseResponsesOf } from '../../tests/support/lost-responses.ts';
import type { Wire } from './contender.ts';

/** Counts and spoils the requests of a client, below the SDK's own retries: they see what a bad line would show them. */
export const wireOf = (client: DynamoDBClient): Wire => {
  const responses = loseResponsesOf(client);
  const failing = new Set<(request: object) => boolean>();
  let requests = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      requests += 1;
      for (const matches of failing) {
        if (!matches(args.input)) continue;
        const error = new Error('the table answers 500');
        throw Object.assign(error, {
          name: 'InternalServerError',
          $fault: 'server',
          $metadata: { httpStatusCode: 500 },
        });
      }
      return next(args);
    },
    { step: 'deserialize', name: 'wire', priority: 'low' },
  );
  return {
    requests: () => requests,
    loseNext: (matches) => responses.loseNext(matches),
    failAll: (matches) => {
      failing.add(matches);
      return () => void failing.delete(matches);
    },
  };
};
