import type { Runner } from '../contracts.ts';
import type { Place } from './lambda-environment.ts';

/**
 * Delivers the record of a failed event where the function's on-failure destination says: a queue, a topic or a function.
 * The SDK is loaded at the first record.
 */
export function createOnFailureDelivery(place: Place, runner: () => Runner) {
  const client = {
    endpoint: place.endpoint,
    region: place.region,
    credentials: { accessKeyId: 'lambda', secretAccessKey: 'local' },
  };
  return async (destinationArn: string, record: string): Promise<void> => {
    const [, , service, , accountId = '', resource = ''] = destinationArn.split(':');
    if (service === 'sqs') {
      const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
      const QueueUrl = `${place.endpoint}/${accountId}/${resource}`;
      await new SQSClient(client).send(new SendMessageCommand({ QueueUrl, MessageBody: record }));
    } else if (service === 'sns') {
      const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
      await new SNSClient(client).send(new PublishCommand({ TopicArn: destinationArn, Message: record }));
    } else if (service === 'lambda') {
      runner().invokeAsync({ functionName: destinationArn, payload: record });
    } else throw new Error(`an on-failure destination must be a queue, a topic or a function: ${destinationArn}`);
  };
}
