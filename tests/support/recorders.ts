import type { Notice } from '../../lib/domain/notice.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { Entropy } from '../../lib/ports/entropy.ts';
import type { Log } from '../../lib/ports/log.ts';
import type { Measures, Metrics } from '../../lib/ports/metrics.ts';
import type { Notifier } from '../../lib/ports/notifier.ts';
import type { QueueMessage, WorkQueue } from '../../lib/ports/work-queue.ts';

/** Keeps every notice that was sent. */
export const recordingNotifier = (): Notifier & { sent: Notice[] } => {
  const sent: Notice[] = [];
  return { sent, send: async (notice) => void sent.push(notice) };
};

/** A queue in memory that keeps every message that was ever sent; those received and not deleted can be made to come again. */
export type InMemoryWorkQueue = WorkQueue & {
  sent: { file: FileVersion; delaySeconds: number }[];
  waiting: QueueMessage[];
  inFlight: Map<string, QueueMessage>;
  /** Every visibility timeout ends: what was received and not deleted comes again. */
  returnInFlight(): void;
  /** Puts any body into the queue. */
  push(body: string): void;
  calls(): number;
};

export const recordingWorkQueue = (): InMemoryWorkQueue => {
  const sent: InMemoryWorkQueue['sent'] = [];
  const waiting: QueueMessage[] = [];
  const inFlight = new Map<string, QueueMessage>();
  let count = 0;
  let calls = 0;
  const push = (body: string): void => {
    const messageId = `message-${String((count += 1))}`;
    waiting.push({ messageId, receiptHandle: messageId, body, sentAt: 0 });
  };
  const put = (file: FileVersion, delaySeconds: number): void => {
    sent.push({ file, delaySeconds });
    push(JSON.stringify(file));
  };
  return {
    sent,
    waiting,
    inFlight,
    push,
    calls: () => calls,
    returnInFlight() {
      waiting.push(...inFlight.values());
      inFlight.clear();
    },
    send: async (file, delaySeconds) => put(file, delaySeconds),
    async sendAll(files) {
      files.forEach((file) => put(file, 0));
      return files;
    },
    async receive() {
      calls += 1;
      const received = waiting.splice(0, 10);
      received.forEach((message) => inFlight.set(message.receiptHandle, message));
      return received;
    },
    async deleteAll(messages) {
      calls += 1;
      messages.forEach(({ receiptHandle }) => inFlight.delete(receiptHandle));
    },
  };
};

export type LogLine = Readonly<{ level: string; message: string; fields: Readonly<Record<string, unknown>> }>;

/** Keeps every line. */
export const recordingLog = (): Log & { lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at =
    (level: string): Log['info'] =>
    (message, fields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
};

/** Keeps what was recorded, each with its dimensions. */
export const recordingMetrics = (): Metrics & { recorded: (Measures & Readonly<Record<string, unknown>>)[] } => {
  const recorded: (Measures & Readonly<Record<string, unknown>>)[] = [];
  return {
    recorded,
    record: (measures, dimensions = {}) => void recorded.push({ ...measures, ...dimensions } as never),
  };
};

/** Nonces that count, and a fraction that stays. */
export const countingEntropy = (prefix = 'owner'): Entropy => {
  let count = 0;
  return { nonce: () => `${prefix}-${String((count += 1))}`, fraction: () => 0.5 };
};
