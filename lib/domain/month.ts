/** A month of UTC, as `yyyy-mm`. */
export type Month = string;

/** A half-open range of time, epoch ms: `from` is in it, `to` is not. */
export type TimeRange = Readonly<{ from: number; to: number }>;

/** CloudWatch Logs may take this long until an event can be exported. */
const settlingMs = 12 * 60 * 60 * 1000;

/** The month that a moment falls in. */
export const monthOf = (at: number): Month => new Date(at).toISOString().slice(0, 7);

/** From the first millisecond of the month to the first of the next. */
export const rangeOf = (month: Month): TimeRange => {
  const [year = Number.NaN, ordinal = Number.NaN] = month.split('-').map(Number);
  return { from: Date.UTC(year, ordinal - 1), to: Date.UTC(year, ordinal) };
};

/** Whether all events of the month can be exported. */
export const isClosed = (month: Month, now: number): boolean => now >= rangeOf(month).to + settlingMs;

/** The last closed months, the oldest first. */
export const closedMonths = (now: number, count: number): readonly Month[] => {
  const before = (month: Month): Month => monthOf(rangeOf(month).from - 1);
  const months: Month[] = [];
  // What is closed ended at least this long ago, so the month of that moment is the first that is still open.
  for (let month = before(monthOf(now - settlingMs)); months.length < count; month = before(month)) months.push(month);
  return months.toReversed();
};
