import type { Notice } from '../../lib/domain/notice.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { Entropy } from '../../lib/ports/entropy.ts';
import type { Log } from '../../lib/ports/log.ts';
import type { Notifier } from '../../lib/ports/notifier.ts';
import type { WorkQueue } from '../../lib/ports/work-queue.ts';

/** Keeps every notice that was sent. */
export const recordingNotifier = (): Notifier & { sent: Notice[] } => {
  const sent: Notice[] = [];
  return { sent, send: async (notice) => void sent.push(notice) };
};

/** Keeps every message that was sent. */
export const recordingWorkQueue = (): WorkQueue & { sent: { file: FileVersion; delaySeconds: number }[] } => {
  const sent: { file: FileVersion; delaySeconds: number }[] = [];
  return { sent, send: async (file, delaySeconds) => void sent.push({ file, delaySeconds }) };
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

/** Nonces that count, and a fraction that stays. */
export const countingEntropy = (prefix = 'owner'): Entropy => {
  let count = 0;
  return { nonce: () => `${prefix}-${String((count += 1))}`, fraction: () => 0.5 };
};
