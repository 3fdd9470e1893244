import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { isLoopback } from '../../offline/framework/shell.ts';

/** What the logs export has on the stage `local`. */
export const logsNames = {
  bucket: 'everyfile-local-logs',
  prefix: 'logs',
  machineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:everyfile-local-logs-export',
} as const;

/** The SDK's clients of whoever watches the logs export. */
export type LogsClients = Readonly<{
  endpoint: string;
  logs: CloudWatchLogsClient;
  s3: S3Client;
  states: SFNClient;
  destroy(): void;
}>;

/**
 * Clients that speak to the local cloud under a name of their own. They send each call once: what the local cloud
 * refuses is to be seen.
 *
 * @throws {RangeError} when the endpoint is not this machine: real accounts are nothing to play with
 */
export const createLogsClients = (endpoint: string, caller: string): LogsClients => {
  if (!isLoopback(endpoint)) throw new RangeError(`${endpoint} is not this machine`);
  const credentials = { accessKeyId: caller, secretAccessKey: 'local' };
  const common = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const logs = new CloudWatchLogsClient(common);
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const states = new SFNClient(common);
  return { endpoint, logs, s3, states, destroy: () => [logs, s3, states].forEach((client) => client.destroy()) };
};
