import { parseDayOfMonth, parseDayOfWeek } from './cron-days.ts';
import { hours, minutes, monthsOfYear, parseField, years } from './cron-field.ts';
import { ScheduleError } from './schedule-error.ts';

/** The next time after a moment; undefined when there is none any more. */
export type NextTime = (afterMs: number) => number | undefined;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * Reads EventBridge's cron of six fields, in UTC.
 *
 * @throws {ScheduleError} naming the field
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export const parseCron = (expression: string): NextTime => {
  const fields = expression.trim().split(/\s+/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  if (fields.length !== 6) throw new ScheduleError(`cron(${expression}) has ${fields.length} fields and not 6`);
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new ScheduleError(`cron(${expression}) needs ? as day-of-month or as day-of-week, and not as both`);
  }
  const timesOfDay = timesIn(parseField(hour, hours), parseField(minute, minutes));
  const [isMonth, isYear] = [parseField(month, monthsOfYear), parseField(year, years)];
  const [isDayOfMonth, isDayOfWeek] = [parseDayOfMonth(dayOfMonth), parseDayOfWeek(dayOfWeek)];
  const isWanted = (day: Date): boolean =>
    isYear.has(day.getUTCFullYear()) && isMonth.has(day.getUTCMonth() + 1) && isDayOfMonth(day) && isDayOfWeek(day);

  return (afterMs) => {
    const today = Math.floor(afterMs / dayMs) * dayMs;
    for (let day = today; new Date(day).getUTCFullYear() <= years.last; day += dayMs) {
      if (!isWanted(new Date(day))) continue;
      const time = timesOfDay.find((timeOfDay) => day + timeOfDay > afterMs);
      if (time !== undefined) return day + time;
    }
    return undefined;
  };
};

const timesIn = (wantedHours: ReadonlySet<number>, wantedMinutes: ReadonlySet<number>): readonly number[] =>
  [...wantedHours]
    .flatMap((hour) => [...wantedMinutes].map((minute) => hour * hourMs + minute * minuteMs))
    .toSorted((one, other) => one - other);
