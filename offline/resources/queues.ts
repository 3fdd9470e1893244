import { MessagingError } from '../messaging/messaging.ts';
import type { CallableService } from '../messaging/messaging.ts';
import { asAttribute } from './properties.ts';
import type { Properties } from './properties.ts';

const attributeNames = [
  'ContentBasedDeduplication',
  'DelaySeconds',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
] as const;

const queueUrlOf = async (sqs: CallableService, queueName: string): Promise<string | undefined> => {
  try {
    return (JSON.parse(await sqs.call('GetQueueUrl', { QueueName: queueName })) as { QueueUrl: string }).QueueUrl;
  } catch (error) {
    if (error instanceof MessagingError && error.code === 'QueueDoesNotExist') return undefined;
    throw error;
  }
};

/** Creates the queue if it is absent, and gives it the attributes of the template. */
export const createQueue = async (sqs: CallableService, queueName: string, properties: Properties): Promise<void> => {
  const attributes = Object.fromEntries(
    attributeNames
      .filter((name) => properties[name] !== undefined)
      .map((name) => [name, asAttribute(properties[name])] as const),
  );
  const existing = await queueUrlOf(sqs, queueName);
  if (existing === undefined) {
    const fifo = properties['FifoQueue'] === undefined ? {} : { FifoQueue: asAttribute(properties['FifoQueue']) };
    await sqs.call('CreateQueue', { QueueName: queueName, Attributes: { ...attributes, ...fifo } });
  } else if (Object.keys(attributes).length > 0) {
    await sqs.call('SetQueueAttributes', { QueueUrl: existing, Attributes: attributes });
  }
};
