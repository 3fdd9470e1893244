import { parseCron, type NextTime } from './cron.ts';
import { ScheduleError } from './schedule-error.ts';

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A time every so often. */
export const everyMs =
  (intervalMs: number): NextTime =>
  (afterMs) =>
    afterMs + intervalMs;

/**
 * Reads a schedule expression of EventBridge: `rate(5 minutes)` or `cron(0 12 * * ? *)`.
 *
 * @throws {ScheduleError} naming what is wrong with it
 */
export const parseExpression = (expression: string): NextTime => {
  const cron = /^cron\((.*)\)$/.exec(expression)?.[1];
  if (cron !== undefined) return parseCron(cron);
  const [, count, unit = ''] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  // Of one thing EventBridge wants the singular, of several the plural.
  const isPlural = expression.endsWith('s)');
  if (count === undefined || (count === '1') === isPlural) {
    throw new ScheduleError(
      `"${expression}" is neither rate(5 minutes) and the like nor cron(0 12 * * ? *) and the like`,
    );
  }
  return everyMs(Number(count) * (unitMs[unit] ?? 0));
};
