import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Log } from '../ports/log.ts';

const maxDelayMs = 2 ** 31 - 1;

/** This machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  startTimer: (delayMs, callback) => {
    // `setTimeout` fires at once for a delay that it cannot hold.
    if (delayMs > maxDelayMs) throw new RangeError(`a timer cannot wait ${String(delayMs)} ms`);
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** This machine's own randomness. */
export const systemEntropy: Entropy = {
  nonce: () => randomUUID(),
  fraction: () => Math.random(),
};

const line =
  (level: 'info' | 'warn' | 'error'): Log['info'] =>
  (message, fields) =>
    console[level](JSON.stringify({ level, message, ...fields }));

/** One JSON object a line, as CloudWatch Logs Insights reads it; Lambda adds the time and the request id. */
export const jsonLog: Log = { info: line('info'), warn: line('warn'), error: line('error') };
