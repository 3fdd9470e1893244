import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { QueueMessage, WorkQueue } from '../../lib/ports/work-queue.ts';
import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { refusedBy } from './refused-by.ts';

/** A queue in memory that keeps every message that was ever sent; those received and not deleted can be made to come again. */
export type InMemoryWorkQueue = WorkQueue & {
  sent: { file: FileVersion; delaySeconds: number }[];
  waiting: QueueMessage[];
  /** By receipt handle, each good for one receive only. */
  inFlight: Map<string, QueueMessage>;
  /** What stands in the dead-letter queue. */
  deadLetters: string[];
  /** Every visibility timeout ends: what was received and not deleted comes again. */
  returnInFlight(): void;
  /** Puts any body into the queue. */
  push(body: string): void;
  /** The next batch is accepted but for its first so many entries. */
  refuseNext(entries: number): void;
  calls(): number;
};

const batchSize = 10;

/**
 * @param now the queue's clock: with it, a delayed message comes when its delay is over; without, at once, and the
 * delay stands in `sent`
 * @param visibilityMs how long what is received stays hidden by that clock; for ever unless told
 */
export const recordingWorkQueue = ({
  now,
  visibilityMs = () => Infinity,
}: { now?: () => number; visibilityMs?: () => number } = {}): InMemoryWorkQueue => {
  const sent: InMemoryWorkQueue['sent'] = [];
  const waiting: QueueMessage[] = [];
  const delayed: { at: number; message: QueueMessage }[] = [];
  const inFlight = new Map<string, QueueMessage>();
  const hiddenUntil = new Map<string, number>();
  const deadLetters: string[] = [];
  let [count, receives, refusals, calls] = [0, 0, 0, 0];
  const push = (body: string, delaySeconds = 0): void => {
    const messageId = `message-${String((count += 1))}`;
    const message = { messageId, receiptHandle: '', body, sentAt: now?.() ?? 0 };
    if (now === undefined || delaySeconds === 0) waiting.push(message);
    else delayed.push({ at: now() + delaySeconds * 1000, message });
  };
  const put = (file: FileVersion, delaySeconds: number): void => {
    sent.push({ file, delaySeconds });
    push(JSON.stringify(file), delaySeconds);
  };
  const wake = (): void => {
    const due = delayed.filter(({ at }) => at <= (now?.() ?? 0));
    for (const one of due) waiting.push(delayed.splice(delayed.indexOf(one), 1)[0]!.message);
    for (const [handle, message] of inFlight) {
      if ((hiddenUntil.get(handle) ?? Infinity) > (now?.() ?? 0)) continue;
      inFlight.delete(handle);
      waiting.push(message);
    }
  };
  const isOurs = (handle: string): boolean => Number(/^receipt-(\d+)$/.exec(handle)?.[1] ?? Infinity) <= receives;
  return {
    sent,
    waiting,
    inFlight,
    deadLetters,
    push: (body) => push(body),
    refuseNext: (entries) => void (refusals = entries),
    calls: () => calls,
    returnInFlight() {
      waiting.push(...inFlight.values());
      inFlight.clear();
    },
    async send(file, delaySeconds) {
      if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > 900) {
        throw refusedBy('SQS', 'InvalidParameterValue', `DelaySeconds is ${String(delaySeconds)}, not 0 to 900`);
      }
      put(file, delaySeconds);
    },
    async sendAll(files) {
      const accepted = files.slice(refusals);
      refusals = 0;
      accepted.forEach((file) => put(file, 0));
      return accepted;
    },
    async receive(_waitSeconds, most = batchSize) {
      calls += 1;
      wake();
      return waiting.splice(0, most).map((message) => {
        const received = { ...message, receiptHandle: `receipt-${String((receives += 1))}` };
        inFlight.set(received.receiptHandle, received);
        hiddenUntil.set(received.receiptHandle, (now?.() ?? 0) + visibilityMs());
        return received;
      });
    },
    async putBackAll(messages) {
      calls += 1;
      waiting.push(...messages.filter(({ receiptHandle }) => inFlight.delete(receiptHandle)));
    },
    async setAside({ body }) {
      calls += 1;
      deadLetters.push(body);
    },
    async deleteAll(messages) {
      calls += 1;
      if (messages.length === 0) throw refusedBy('SQS', 'EmptyBatchRequest', 'there are no entries in the batch');
      if (messages.length > batchSize) {
        throw refusedBy('SQS', 'TooManyEntriesInBatchRequest', `${String(messages.length)} entries, at most 10`);
      }
      // An old handle is taken and deletes nothing; one that the queue never gave fails alone.
      const foreign = messages.filter(({ receiptHandle }) => !isOurs(receiptHandle));
      messages.forEach(({ receiptHandle }) => inFlight.delete(receiptHandle));
      if (foreign.length > 0) {
        throw new ServiceUnavailableError(
          `${String(foreign.length)} messages could not be deleted (ReceiptHandleIsInvalid)`,
        );
      }
    },
  };
};
