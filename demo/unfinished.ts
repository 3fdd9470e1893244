import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { names, type Clients } from './clients.ts';
import { listObjects } from './collect-facts.ts';
import { readStatus, type Status } from './control.ts';
import { countMessages } from './count-messages.ts';

/** What is not finished yet, in the words of an error. Nothing when all is done. */
export type Unfinished = readonly string[];

/**
 * Asks the cheapest question first, and no further than to the first thing that is unfinished: events on their way, runs
 * of the processor, messages in the work queue, notices in an outbox, objects in the inbox. The relay and the sweeper
 * are called all the time; whether they have something to do shows in the queue and in the inbox.
 */
export const readUnfinished = async (clients: Clients): Promise<Unfinished> => {
  const underWay = eventsUnderWay(await readStatus(clients.endpoint));
  if (underWay.length > 0) return underWay;
  const messages = await countMessages(clients, names.workQueue);
  if (messages > 0) return [`${messages} messages in the work queue`];
  const outboxes = await openOutboxes(clients);
  if (outboxes.length > 0) return outboxes.map((id) => `its notice is not sent: ${id}`);
  const inbox = await listObjects(clients, names.inbox, names.inboxPrefix);
  return inbox.map(({ key }) => `in the inbox: ${key}`);
};

/** Events that S3 has not delivered, and those that the processor has not answered. */
export const eventsUnderWay = ({ notifications: { pending }, functions }: Status): Unfinished => {
  const { running = 0, queued = 0, pendingEvents = 0 } = functions['processor'] ?? {};
  return [
    ...(pending > 0 ? [`${pending} events to be delivered`] : []),
    ...(running + queued + pendingEvents > 0
      ? [`the processor: ${running} running, ${queued} queued, ${pendingEvents} events pending`]
      : []),
  ];
};

/** The sparse index: one page, since whoever asks only wants to know whether it is empty. */
const openOutboxes = async ({ dynamodb }: Clients): Promise<readonly string[]> => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: names.ledger, IndexName: names.openIndex }));
  return Items.map(({ id }) => id?.S ?? '');
};
