import type { Context } from 'aws-lambda';
import { createRelay } from '../lib/container.ts';
import { parseQueueMessage } from '../lib/events/queue-message.ts';
import { parseWake } from '../lib/events/wake.ts';

const relay = createRelay(parseQueueMessage);

/** Schedule or baton → drains the work queue, one runner at a time. Answers with what it did. */
export const handler = async (event: unknown, context: Context) =>
  relay(parseWake(event), context.getRemainingTimeInMillis());
