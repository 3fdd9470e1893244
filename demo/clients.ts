import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { isLoopback } from '../offline/framework/shell.ts';

/** What stands on the stage `local`. */
export const names = {
  inbox: 'everyfile-local-inbox',
  inboxPrefix: 'incoming/',
  quarantinePrefix: 'quarantine/',
  archivePrefix: 'bak/',
  outputs: 'everyfile-local-outputs',
  ledger: 'everyfile-local-ledger',
  openIndex: 'open',
  noticesQueue: 'everyfile-local-notices',
  workQueue: 'everyfile-local-work',
  deadLetterQueue: 'everyfile-local-work-dlq',
} as const;

const accountId = '000000000000';

/** The SDK's clients for one caller. */
export type Clients = Readonly<{
  endpoint: string;
  s3: S3Client;
  dynamodb: DynamoDBClient;
  sqs: SQSClient;
  queueUrl(name: string): string;
  destroy(): void;
}>;

/**
 * Clients that speak to the local cloud under a name of their own, by which the request log tells callers apart.
 *
 * @throws {RangeError} when the endpoint is not this machine: real accounts are nothing to play with
 */
export const createClients = (endpoint: string, caller: string): Clients => {
  if (!isLoopback(endpoint)) throw new RangeError(`${endpoint} is not this machine`);
  const common = { endpoint, region: 'us-east-1', credentials: { accessKeyId: caller, secretAccessKey: 'local' } };
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(common);
  const sqs = new SQSClient(common);
  return {
    endpoint,
    s3,
    dynamodb,
    sqs,
    queueUrl: (name) => `${endpoint}/${accountId}/${name}`,
    destroy: () => [s3, dynamodb, sqs].forEach((client) => client.destroy()),
  };
};
