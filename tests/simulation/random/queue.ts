import type { Random } from '../../../demo/random.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { WorkQueue } from '../../../lib/ports/work-queue.ts';

type Message = { id: number; body: string; sentAt: number; visibleAt: number; receives: number };

const visibilityMs = 30 * 60 * 1000;
const maxReceives = 5;

/**
 * SQS in virtual time: delays, visibility timeouts, messages that come twice, batches that fail in part, receipts that
 * grew stale, and a dead-letter queue, which nobody reads here: a message is a hint, the inbox is the truth.
 */
export const createQueue = (clock: Clock, random: Random, rates: () => { double: number; throttle: number }) => {
  let count = 0;
  let deadLetters = 0;
  let messages: Message[] = [];
  const put = (file: FileVersion, delaySeconds: number): void => {
    const now = clock.now();
    const body = JSON.stringify(file);
    messages.push({ id: (count += 1), body, sentAt: now, visibleAt: now + delaySeconds * 1000, receives: 0 });
  };
  const workQueue: WorkQueue = {
    send: async (file, delaySeconds) => put(file, delaySeconds),
    async sendAll(files) {
      const accepted = files.filter(() => random.share() >= rates().throttle);
      accepted.forEach((file) => put(file, 0));
      return accepted;
    },
    async receive(_waitSeconds, most = 10) {
      const now = clock.now();
      const received: Message[] = [];
      for (const message of messages) {
        if (received.length === most) break;
        if (message.visibleAt > now) continue;
        message.receives += 1;
        // A standard queue may hand a message out twice at once.
        if (random.share() >= rates().double) message.visibleAt = now + visibilityMs;
        if (message.receives <= maxReceives) received.push(message);
      }
      const kept = messages.filter(({ receives }) => receives <= maxReceives);
      deadLetters += messages.length - kept.length;
      messages = kept;
      return received.map(({ id, body, sentAt, receives }) => ({
        receiptHandle: `${String(id)} ${String(receives)}`,
        messageId: String(id),
        body,
        sentAt,
      }));
    },
    async deleteAll(received) {
      const handles = new Set(received.map(({ receiptHandle }) => receiptHandle));
      messages = messages.filter(({ id, receives }) => !handles.has(`${String(id)} ${String(receives)}`));
    },
    async putBackAll(received) {
      const handles = new Set(received.map(({ receiptHandle }) => receiptHandle));
      for (const message of messages) {
        if (handles.has(`${String(message.id)} ${String(message.receives)}`)) message.visibleAt = clock.now();
      }
    },
    async setAside() {
      deadLetters += 1;
    },
  };
  return { workQueue, put, isEmpty: () => messages.length === 0, deadLetters: () => deadLetters };
};
