import { MessagingError } from '../messaging/messaging.ts';
import type { CallableService } from '../messaging/messaging.ts';
import { asAttribute, ResourceError } from './properties.ts';
import type { Properties } from './properties.ts';

const attributeNames = ['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy'] as const;

/** SNS's form has lists as numbered entries. */
const entries = (attributes: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value], index) => [
        [`Attributes.entry.${index + 1}.key`, name],
        [`Attributes.entry.${index + 1}.value`, asAttribute(value)],
      ]),
  );

/** Creates the topic if it is absent. */
export const createTopic = async (sns: CallableService, topicName: string, properties: Properties): Promise<void> => {
  const { FifoTopic, ContentBasedDeduplication, DisplayName } = properties;
  await sns.call('CreateTopic', { Name: topicName, ...entries({ FifoTopic, ContentBasedDeduplication, DisplayName }) });
};

/** Subscribes as the template says; only queues are delivered to. */
export const createSubscription = async (
  sns: CallableService,
  logicalId: string,
  properties: Properties,
  warn: (line: string) => void,
): Promise<void> => {
  const { TopicArn, Protocol, Endpoint } = properties;
  const attributes = Object.fromEntries(attributeNames.map((name) => [name, properties[name]]));
  if (Protocol !== 'sqs') warn(`${logicalId}: the local SNS delivers to queues only, not by ${String(Protocol)}.`);
  try {
    await sns.call('Subscribe', { TopicArn, Protocol, Endpoint, ...entries(attributes) });
  } catch (error) {
    if (!(error instanceof MessagingError) || !error.message.includes('already exists with different')) throw error;
    throw new ResourceError(`${logicalId} exists with other attributes: start with --fresh.`, { cause: error });
  }
};
