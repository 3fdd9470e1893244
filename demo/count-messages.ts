import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './clients.ts';

const counts = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** How many messages a queue holds: visible, in flight and delayed. Exact on the local cloud, approximate on AWS. */
export const countMessages = async ({ sqs, queueUrl }: Clients, name: string): Promise<number> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: [...counts] }),
  );
  return counts.reduce((sum, count) => sum + Number(Attributes[count]), 0);
};
