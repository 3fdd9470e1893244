import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { QueueMessage, WorkQueue } from '../../lib/ports/work-queue.ts';
import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { refuseBatchSize, refuseDelay } from './sqs-limits.ts';

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
  /** The next batch, of whatever kind, is accepted but for its first so many entries. */
  refuseNext(entries: number): void;
  /** The next receive leaves visible what it hands out. */
  doubleNext(): void;
  /** The next receives hand out so many at most, one number a receive, however many there are. */
  shortenNext(...most: readonly number[]): void;
  calls(): number;
};

const batchSize = 10;

/** A batch that failed in part, as the adapter tells of it. */
const inPart = (entries: number, done: string): ServiceUnavailableError =>
  new ServiceUnavailableError(`${String(entries)} messages could not be ${done}`);

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
  let isDoubled = false;
  const shortened: number[] = [];
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
  const refused = (): number => {
    const count = refusals;
    refusals = 0;
    return count;
  };
  const hide = (message: QueueMessage): void => {
    inFlight.set(message.receiptHandle, message);
    hiddenUntil.set(message.receiptHandle, (now?.() ?? 0) + visibilityMs());
  };
  /** The newest handle deletes a message, hidden or shown again; one that it outgrew deletes nothing. */
  const forget = (handle: string): void => {
    if (inFlight.delete(handle)) return;
    const shown = waiting.findIndex(({ receiptHandle }) => receiptHandle === handle);
    if (shown >= 0) waiting.splice(shown, 1);
  };
  const isOurs = (handle: string): boolean => Number(/^receipt-(\d+)$/.exec(handle)?.[1] ?? Infinity) <= receives;
  return {
    sent,
    waiting,
    inFlight,
    deadLetters,
    push: (body) => push(body),
    refuseNext: (entries) => void (refusals = entries),
    shortenNext: (...most) => void shortened.push(...most),
    doubleNext: () => void (isDoubled = true),
    calls: () => calls,
    returnInFlight() {
      waiting.push(...inFlight.values());
      inFlight.clear();
    },
    async send(file, delaySeconds) {
      refuseDelay(delaySeconds);
      put(file, delaySeconds);
    },
    async sendAll(files) {
      const accepted = files.slice(refused());
      accepted.forEach((file) => put(file, 0));
      return accepted;
    },
    async receive(_waitSeconds, most = batchSize) {
      calls += 1;
      wake();
      const keep = isDoubled ? (message: QueueMessage) => void waiting.push(message) : hide;
      isDoubled = false;
      return waiting.splice(0, Math.min(most, shortened.shift() ?? most)).map((message) => {
        const received = { ...message, receiptHandle: `receipt-${String((receives += 1))}` };
        keep(received);
        return received;
      });
    },
    async putBackAll(messages) {
      calls += 1;
      refuseBatchSize(messages);
      const failed = refused();
      waiting.push(...messages.slice(failed).filter(({ receiptHandle }) => inFlight.delete(receiptHandle)));
      if (failed > 0) throw inPart(failed, 'put back (InternalError)');
    },
    async setAside({ body }) {
      calls += 1;
      deadLetters.push(body);
    },
    async deleteAll(messages) {
      calls += 1;
      refuseBatchSize(messages);
      const failed = refused();
      // An old handle is taken and deletes nothing; one that the queue never gave fails alone.
      const foreign = messages.slice(failed).filter(({ receiptHandle }) => !isOurs(receiptHandle));
      messages.slice(failed).forEach(({ receiptHandle }) => forget(receiptHandle));
      if (failed > 0) throw inPart(failed, 'deleted (InternalError)');
      if (foreign.length > 0) throw inPart(foreign.length, 'deleted (ReceiptHandleIsInvalid)');
    },
  };
};
