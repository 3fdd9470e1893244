import { daysOfMonth, daysOfWeek, parseField, parseValue } from './cron-field.ts';

/** Whether a day, given by its midnight in UTC, is one that is meant. */
export type IsDay = (day: Date) => boolean;

const lastDayOf = (day: Date): number =>
  new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();

/** `?`, lists and ranges, `L` for the last day of the month, `15W` for the weekday nearest to the 15th, `LW`. */
export const parseDayOfMonth = (text: string): IsDay => {
  if (text === '?') return () => true;
  if (text === 'L') return (day) => day.getUTCDate() === lastDayOf(day);
  if (text === 'LW') return (day) => day.getUTCDate() === nearestWeekday(day, lastDayOf(day));
  if (text.endsWith('W')) {
    const wanted = parseValue(text.slice(0, -1), daysOfMonth);
    return (day) => wanted <= lastDayOf(day) && day.getUTCDate() === nearestWeekday(day, wanted);
  }
  const wanted = parseField(text, daysOfMonth);
  return (day) => wanted.has(day.getUTCDate());
};

/** `?`, lists and ranges, `L` for Saturday, `5L` for the last Thursday of the month, `3#2` for its second Tuesday. */
export const parseDayOfWeek = (text: string): IsDay => {
  const weekdayOf = (day: Date): number => day.getUTCDay() + 1;
  if (text === '?') return () => true;
  if (text === 'L') return (day) => weekdayOf(day) === 7;
  if (text.endsWith('L')) {
    const wanted = parseValue(text.slice(0, -1), daysOfWeek);
    return (day) => weekdayOf(day) === wanted && day.getUTCDate() > lastDayOf(day) - 7;
  }
  if (text.includes('#')) {
    const [weekday = '', turn = ''] = text.split('#');
    const wanted = parseValue(weekday, daysOfWeek);
    const wantedTurn = parseValue(turn, { name: 'turn of the weekday', first: 1, last: 5 });
    return (day) => weekdayOf(day) === wanted && Math.ceil(day.getUTCDate() / 7) === wantedTurn;
  }
  const wanted = parseField(text, daysOfWeek);
  return (day) => wanted.has(weekdayOf(day));
};

/** The date of the weekday nearest to a date, in the same month. */
const nearestWeekday = (month: Date, date: number): number => {
  const weekday = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date > 1 ? date - 1 : date + 2;
  if (weekday === 0) return date < lastDayOf(month) ? date + 1 : date - 2;
  return date;
};
