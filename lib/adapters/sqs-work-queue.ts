import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { FileVersion } from '../domain/file-version.ts';
import type { Clock } from '../ports/clock.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import { callAws } from './aws-errors.ts';

/** The work queue on SQS. */
export const createSqsWorkQueue = (
  client: SQSClient,
  { queueUrl, clock }: { queueUrl: string; clock: Clock },
): WorkQueue => ({
  async send(file, delaySeconds) {
    await callAws(`SendMessage of ${file.id} to ${queueUrl}`, () =>
      client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          DelaySeconds: delaySeconds,
          MessageBody: JSON.stringify(asNotification(file, new Date(clock.now()))),
        }),
      ),
    );
  },
});

/** The file in the shape of an S3 notification, its key encoded as S3 encodes it: so one reader understands both. */
const asNotification = (file: FileVersion, at: Date): unknown => ({
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventTime: at.toISOString(),
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'everyfile',
        bucket: { name: file.bucket, arn: `arn:aws:s3:::${file.bucket}` },
        object: {
          key: file.key.split('/').map(encodeURIComponent).join('/').replaceAll('%20', '+'),
          size: file.size,
          eTag: file.eTag,
        },
      },
    },
  ],
});
