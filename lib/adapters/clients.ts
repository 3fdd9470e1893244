import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

/**
 * The SDK clients, built once per cold start. A call that hangs must end well before a lease does, so none waits for
 * the SDK's default of for ever. Endpoint, region and keys come from the environment, as the SDK reads it.
 */
const shortCalls = { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

/** S3's bodies may take minutes: only a silence is cut, not a length. */
const longCalls = { connectionTimeout: 2_000, socketTimeout: 30_000 };

/** @param forcePathStyle for an endpoint whose host name has no room for a bucket, as on a laptop */
export const createS3Client = (forcePathStyle: boolean): S3Client =>
  new S3Client({ forcePathStyle, requestHandler: longCalls });

export const createDynamoDbClient = (): DynamoDBClient => new DynamoDBClient({ requestHandler: shortCalls });

/**
 * For the answers about a file that is held, over the same connections. An answer that cannot be recorded looks like a
 * crash and spends an attempt, so a throttled one is tried for half a minute at least, in all but one of 20,000 cases; whom
 * a claim refuses comes again. More tries than these the SDK grants no client whose ten calls are throttled at once.
 */
export const createPatientDynamoDbClient = ({ config }: DynamoDBClient): DynamoDBClient =>
  new DynamoDBClient({ requestHandler: config.requestHandler, maxAttempts: 11 });

export const createSqsClient = (): SQSClient => new SQSClient({ requestHandler: shortCalls });

export const createSnsClient = (): SNSClient => new SNSClient({ requestHandler: shortCalls });

export const createLambdaClient = (): LambdaClient => new LambdaClient({ requestHandler: shortCalls });

export const createLogsClient = (): CloudWatchLogsClient => new CloudWatchLogsClient({ requestHandler: shortCalls });

/** Sends a call once: the SDK would take a taken slot for a throttle, and repeat a create that may have been heard. */
export const createUnrepeatedLogsClient = (): CloudWatchLogsClient =>
  new CloudWatchLogsClient({ requestHandler: longCalls, maxAttempts: 1 });
