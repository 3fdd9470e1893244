import { ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { QueueMessage, WorkQueue } from '../../../lib/ports/work-queue.ts';
import { refuseBatchSize, refuseDelay } from '../../support/sqs-limits.ts';

type Message = { id: number; body: string; sentAt: number; visibleAt: number; receives: number };

const maxReceives = 5;

/** What the queue is like: how long it hides what was received, and what chance does to it. */
export type Weather = Readonly<{
  visibilityMs(): number;
  /** Whether what is received stays visible: a standard queue may hand a message out twice at once. */
  isDoubled(): boolean;
  /** The share of what it is asked for that a receive hands out at most: SQS may give fewer than there are, or none. */
  fullness(): number;
  /** Whether one entry of a batch fails, inside of a 200. */
  isRefused(): boolean;
}>;

/**
 * SQS in virtual time: delays, visibility timeouts, messages that come twice, receives that fall short, batches that
 * fail in part, receipts that grew stale, and a dead-letter queue, which nobody reads here: a message is a hint, the
 * inbox is the truth.
 */
export const createQueue = (clock: Clock, { visibilityMs, isDoubled, fullness, isRefused }: Weather) => {
  let count = 0;
  const deadLetters: string[] = [];
  let messages: Message[] = [];
  const put = (file: FileVersion, delaySeconds: number): void => {
    const now = clock.now();
    const body = JSON.stringify(file);
    messages.push({ id: (count += 1), body, sentAt: now, visibleAt: now + delaySeconds * 1000, receives: 0 });
  };
  /** The messages of those handles that are good for this receive; a batch fails entry by entry. */
  const inBatch = (received: readonly QueueMessage[], act: (message: Message) => void): number => {
    refuseBatchSize(received);
    let failures = 0;
    for (const { receiptHandle } of received) {
      const [, id, receives] = /^(\d+) (\d+)$/.exec(receiptHandle) ?? [];
      if (id === undefined || isRefused()) {
        failures += 1;
        continue;
      }
      const message = messages.find((one) => one.id === Number(id));
      if (message?.receives === Number(receives)) act(message);
    }
    return failures;
  };
  const tell = (failures: number, done: string): void => {
    if (failures > 0) throw new ServiceUnavailableError(`${String(failures)} messages could not be ${done}`);
  };
  const workQueue: WorkQueue = {
    async send(file, delaySeconds) {
      refuseDelay(delaySeconds);
      put(file, delaySeconds);
    },
    async sendAll(files) {
      const accepted = files.filter(() => !isRefused());
      accepted.forEach((file) => put(file, 0));
      return accepted;
    },
    async receive(_waitSeconds, most = 10) {
      const now = clock.now();
      const atMost = Math.floor(most * fullness());
      const received: Message[] = [];
      for (const message of messages) {
        if (received.length === atMost) break;
        if (message.visibleAt > now) continue;
        message.receives += 1;
        if (!isDoubled()) message.visibleAt = now + visibilityMs();
        if (message.receives <= maxReceives) received.push(message);
        else deadLetters.push(message.body);
      }
      messages = messages.filter(({ receives }) => receives <= maxReceives);
      return received.map(({ id, body, sentAt, receives }) => ({
        receiptHandle: `${String(id)} ${String(receives)}`,
        messageId: String(id),
        body,
        sentAt,
      }));
    },
    async deleteAll(received) {
      const gone = new Set<Message>();
      const failures = inBatch(received, (message) => void gone.add(message));
      messages = messages.filter((message) => !gone.has(message));
      tell(failures, 'deleted');
    },
    async putBackAll(received) {
      tell(
        inBatch(received, (message) => void (message.visibleAt = clock.now())),
        'put back',
      );
    },
    async setAside({ body }) {
      deadLetters.push(body);
    },
  };
  return {
    workQueue,
    put,
    deadLetters,
    isEmpty: () => messages.length === 0,
    /** Every visibility timeout ends. */
    showAll: () => messages.forEach((message) => (message.visibleAt = Math.min(message.visibleAt, clock.now()))),
  };
};
