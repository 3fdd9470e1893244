import { ScheduleError } from './schedule-error.ts';

/** The values that one field of a cron expression can take. */
export type Range = Readonly<{ name: string; first: number; last: number; words?: readonly string[] }>;

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const minutes: Range = { name: 'minutes', first: 0, last: 59 };
export const hours: Range = { name: 'hours', first: 0, last: 23 };
export const daysOfMonth: Range = { name: 'day-of-month', first: 1, last: 31 };
export const monthsOfYear: Range = { name: 'month', first: 1, last: 12, words: months };
/** Sunday is 1. */
export const daysOfWeek: Range = { name: 'day-of-week', first: 1, last: 7, words: weekdays };
export const years: Range = { name: 'year', first: 1970, last: 2199 };

/** Reads a field of lists, ranges and steps (`1,5-9,10/15`, `*`, `MON-FRI`) as the set of values that it names. */
export const parseField = (text: string, range: Range): ReadonlySet<number> =>
  new Set(text.split(',').flatMap((part) => valuesOf(part, range)));

/** Reads one value of a field, in digits or as a word. */
export const parseValue = (text: string, range: Range): number => {
  const word = range.words?.indexOf(text.toUpperCase()) ?? -1;
  const value = word < 0 ? Number(text) : range.first + word;
  if ((word < 0 && !/^\d+$/.test(text)) || value < range.first || value > range.last) {
    throw new ScheduleError(`"${text}" is no ${range.name} from ${range.first} to ${range.last}`);
  }
  return value;
};

const valuesOf = (part: string, range: Range): number[] => {
  const [span = '', step, ...more] = part.split('/');
  const [from = '', to, ...rest] = span.split('-');
  if (more.length > 0 || rest.length > 0) throw new ScheduleError(`"${part}" is no part of the field ${range.name}`);
  const first = from === '*' ? range.first : parseValue(from, range);
  // `10/15` goes on to the end of the range, as `*` does.
  const openEnd = from === '*' || step !== undefined ? range.last : first;
  const last = to === undefined ? openEnd : parseValue(to, range);
  const stride = step === undefined ? 1 : Number(step);
  if (!Number.isInteger(stride) || stride < 1) throw new ScheduleError(`"${part}" has no step of 1 or more`);
  if (last < first) throw new ScheduleError(`"${part}" ends before it begins`);
  return Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, n) => first + n * stride);
};
