import type { Runner } from '../contracts.ts';
import type { Messaging } from '../messaging/messaging.ts';
import { queueUrl } from '../resources/physical-names.ts';

/** How a message reaches the function, queue or topic that an ARN names. */
export type Deliver = (targetArn: string, message: string) => Promise<void>;

/** Creates the delivery of S3's messages: a function is invoked asynchronously, as S3 does it. */
export const createDeliver =
  (options: { messaging: Messaging; endpoint: string; runner: Runner }): Deliver =>
  async (targetArn, message) => {
    const [, , service, , , resource = ''] = targetArn.split(':');
    if (service === 'lambda') {
      options.runner.invokeAsync({ functionName: targetArn, payload: message });
    } else if (service === 'sqs') {
      const QueueUrl = queueUrl(options.endpoint, resource);
      await options.messaging.sqs.call('SendMessage', { QueueUrl, MessageBody: message });
    } else if (service === 'sns') {
      const notice = { TopicArn: targetArn, Subject: 'Amazon S3 Notification', Message: message };
      await options.messaging.sns.call('Publish', notice);
    } else throw new Error(`S3 notifies functions, queues and topics; ${targetArn} is none.`);
  };
