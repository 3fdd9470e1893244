import type { Notice } from '../../lib/domain/notice.ts';
import type { Entropy } from '../../lib/ports/entropy.ts';
import type { Log } from '../../lib/ports/log.ts';
import type { Measures, Metrics } from '../../lib/ports/metrics.ts';
import type { Notifier } from '../../lib/ports/notifier.ts';
import { refusedBy } from './refused-by.ts';

export { recordingWorkQueue } from './in-memory-work-queue.ts';

/** Keeps every notice that was sent. */
export const recordingNotifier = (): Notifier & { sent: Notice[] } => {
  const sent: Notice[] = [];
  return {
    sent,
    async send(notice) {
      if (!/^[\x20-\x7e]{1,100}$/.test(notice.subject)) throw refusedBy('SNS', 'InvalidParameter', 'Subject');
      sent.push(notice);
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
