import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeExportTasksCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Resources } from '../../../offline/contracts.ts';
import type { TestCloud } from '../../support/local-cloud.ts';

export const bucket = 'everyfile-local-logs';

/** The bucket of exports, with the policy that CloudWatch Logs needs. */
export const logsResources: Resources = {
  LogsBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: bucket } },
  LogsBucketPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'LogsBucket' },
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: { 'Fn::Sub': 'logs.${AWS::Region}.amazonaws.com' } },
            Action: 's3:GetBucketAcl',
            Resource: { 'Fn::GetAtt': ['LogsBucket', 'Arn'] },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
          {
            Effect: 'Allow',
            Principal: { Service: { 'Fn::Sub': 'logs.${AWS::Region}.amazonaws.com' } },
            Action: 's3:PutObject',
            Resource: { 'Fn::Sub': '${LogsBucket.Arn}/*' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': { 'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:*' } },
            },
          },
        ],
      },
    },
  },
};

/** A stranger to the cloud with the SDK's clients. */
export const clientsOf = (cloud: Pick<TestCloud, 'clientConfig'>) => {
  // The SDK takes LimitExceededException for a throttle, and would try until the slot is free.
  const logs = new CloudWatchLogsClient({ ...cloud.clientConfig(), maxAttempts: 1 });
  const s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });

  return {
    logs,
    s3,
    async createStream(logGroupName: string, logStreamName: string): Promise<void> {
      await logs.send(new CreateLogGroupCommand({ logGroupName })).catch((error: unknown) => {
        if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error;
      });
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    },
    put: (logGroupName: string, logStreamName: string, ...events: [timestamp: number, message: string][]) =>
      logs.send(
        new PutLogEventsCommand({
          logGroupName,
          logStreamName,
          logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
        }),
      ),
    async untilTask(taskId: string | undefined, ...codes: string[]) {
      for (;;) {
        const { exportTasks } = await logs.send(new DescribeExportTasksCommand({ taskId }));
        const task = exportTasks?.[0];
        if (codes.includes(task?.status?.code ?? '')) return task;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async keys(): Promise<string[]> {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    async read(key: string): Promise<string> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return key.endsWith('.gz') ? gunzipSync(bytes).toString() : Buffer.from(bytes).toString();
    },
    destroy() {
      logs.destroy();
      s3.destroy();
    },
  };
};

/** Changes how long the tasks take that are created from now on. */
export const setPace = async (endpoint: string, pace: Record<string, number>): Promise<void> => {
  const response = await fetch(`${endpoint}/_everyfile/exports`, { method: 'POST', body: JSON.stringify(pace) });
  if (response.status !== 200) throw new Error(await response.text());
};
