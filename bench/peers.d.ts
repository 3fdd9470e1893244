/**
 * As much of the packages that are measured against as is used here. They are installed only for a measurement
 * (`bench/package.json`), and without them everything else of `bench/` is checked in a fresh clone, too.
 */
declare module 'sqs-consumer' {
  import type { Message, SQSClient } from '@aws-sdk/client-sqs';

  type Options = Readonly<{
    queueUrl: string;
    sqs: SQSClient;
    batchSize: number;
    waitTimeSeconds: number;
    handleMessageBatch(messages: Message[]): Promise<Message[]>;
  }>;

  export class Consumer {
    static create(options: Options): Consumer;
    on(event: 'response_processed' | 'message_processed' | 'empty', listener: () => void): this;
    on(event: 'error' | 'processing_error', listener: (error: Error) => void): this;
    start(): void;
    stop(options?: { abort?: boolean }): void;
  }
}

declare module '@aws-lambda-powertools/idempotency' {
  import type { Context } from 'aws-lambda';

  export class IdempotencyConfig {
    constructor(options: object);
    registerLambdaContext(context: Context): void;
  }

  type Options = Readonly<{ persistenceStore: object; config: IdempotencyConfig }>;

  export const makeIdempotent: (
    work: (name: string) => Promise<string>,
    options: Options,
  ) => (name: string) => Promise<string>;
}

declare module '@aws-lambda-powertools/idempotency/dynamodb' {
  import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

  export class DynamoDBPersistenceLayer {
    constructor(options: Readonly<{ tableName: string; awsSdkV3Client: DynamoDBClient }>);
  }
}
