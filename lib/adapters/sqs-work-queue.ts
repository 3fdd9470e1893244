import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { ConfigurationError, ServiceUnavailableError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { Clock } from '../ports/clock.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import { callAws } from './aws-errors.ts';

/** Every batch call of SQS takes ten at most, and fails entry by entry inside of a 200. */
const batchSize = 10;

/** SQS takes 1 MiB a batch since 2025, and 256 KiB where it does not yet; ten messages of ours stay far below either. */
export const createSqsWorkQueue = (
  client: SQSClient,
  { queueUrl, deadLetterUrl, clock }: { queueUrl: string; deadLetterUrl?: string; clock: Clock },
): WorkQueue => {
  const bodyOf = (file: FileVersion): string => JSON.stringify(asNotification(file, new Date(clock.now())));

  const sendBatch = async (files: readonly FileVersion[]): Promise<readonly FileVersion[]> => {
    const { Successful = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: files.map((file, index) => ({ Id: String(index), MessageBody: bodyOf(file) })),
      }),
    );
    const accepted = new Set(Successful.map(({ Id }) => Id));
    return files.filter((_file, index) => accepted.has(String(index)));
  };

  return {
    async send(file, delaySeconds) {
      await callAws(`SendMessage of ${file.id} to ${queueUrl}`, () =>
        client.send(
          new SendMessageCommand({ QueueUrl: queueUrl, DelaySeconds: delaySeconds, MessageBody: bodyOf(file) }),
        ),
      );
    },

    sendAll: (files) =>
      callAws(`SendMessageBatch of ${String(files.length)} files to ${queueUrl}`, async () => {
        const accepted: FileVersion[] = [];
        for (let first = 0; first < files.length; first += batchSize) {
          accepted.push(...(await sendBatch(files.slice(first, first + batchSize))));
        }
        return accepted;
      }),

    receive: (waitSeconds, most = batchSize) =>
      callAws(`ReceiveMessage from ${queueUrl}`, async () => {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: most,
            WaitTimeSeconds: waitSeconds,
            MessageSystemAttributeNames: ['SentTimestamp'],
          }),
        );
        return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes }) => ({
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          sentAt: Number(Attributes?.SentTimestamp ?? clock.now()),
        }));
      }),

    deleteAll: (messages) =>
      callAws(`DeleteMessageBatch in ${queueUrl}`, async () => {
        const { Failed = [] } = await client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: messages.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
          }),
        );
        refuseFailures(Failed, messages.length, 'deleted');
      }),

    putBackAll: (messages) =>
      callAws(`ChangeMessageVisibilityBatch in ${queueUrl}`, async () => {
        const { Failed } = await client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: queueUrl,
            Entries: messages.map(({ receiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle: receiptHandle,
              VisibilityTimeout: 0,
            })),
          }),
        );
        refuseFailures(Failed, messages.length, 'put back');
      }),

    async setAside({ messageId, body }) {
      if (deadLetterUrl === undefined) throw new ConfigurationError('this function was given no dead-letter queue');
      await callAws(`SendMessage of ${messageId} to ${deadLetterUrl}`, () =>
        client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: body })),
      );
    },
  };
};

/** A batch call fails entry by entry inside of a 200. */
const refuseFailures = (failed: readonly BatchResultErrorEntry[] = [], total: number, done: string): void => {
  const [first] = failed;
  if (first === undefined) return;
  throw new ServiceUnavailableError(
    `${String(failed.length)} of ${String(total)} messages could not be ${done} (${first.Code ?? ''})`,
  );
};

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
