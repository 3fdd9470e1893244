import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { Contender } from './contender.ts';
import { wireOf } from './wire.ts';

const tableName = 'idempotency';

/** The field's best-known idempotency library as its documentation sets it up, one table and one function. */
export const createPowertools = async (connection: { endpoint: string; region: string }): Promise<Contender> => {
  const client = new DynamoDBClient(connection);
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const wire = wireOf(client);
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client });
  const sent: string[] = [];
  let files = 0;

  return {
    name: 'Powertools idempotency',
    newFile: async () => `file-${(files += 1)}`,
    async trigger(file, limitSeconds, work) {
      const startedAt = Date.now();
      const run = { began: false };
      const config = new IdempotencyConfig({});
      config.registerLambdaContext({
        getRemainingTimeInMillis: () => startedAt + limitSeconds * 1000 - Date.now(),
      } as Context);
      const once = makeIdempotent(
        async (name: string) => {
          run.began = true;
          await work(() => void sent.push(name));
          return name;
        },
        { persistenceStore, config },
      );
      try {
        await once(file);
        // A duplicate gets the recorded answer instead of an error.
        return run.began ? 'done' : 'refused';
      } catch (error) {
        return Error.isError(error) && error.name === 'IdempotencyAlreadyInProgressError' ? 'refused' : 'failed';
      }
    },
    effects: (file) => sent.filter((name) => name === file).length,
    wire,
    isClaim: (request) => 'Item' in request,
    isCompletion: (request) => 'UpdateExpression' in request,
  };
};
