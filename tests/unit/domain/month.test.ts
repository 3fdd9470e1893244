import { closedMonths, isClosed, monthOf, rangeOf } from '../../../lib/domain/month.ts';

const hour = 60 * 60 * 1000;

test.each([
  ['2026-01', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
  ['2028-02', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
  ['2100-02', '2100-02-01T00:00:00.000Z', '2100-03-01T00:00:00.000Z'],
  ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
])('%s begins and ends with the month', (month, from, to) => {
  expect(rangeOf(month)).toEqual({ from: Date.parse(from), to: Date.parse(to) });
  expect([monthOf(Date.parse(from)), monthOf(Date.parse(to) - 1)]).toEqual([month, month]);
});

test('a leap February has 29 days, and 2100 is no leap year', () => {
  const days = (month: string): number => (rangeOf(month).to - rangeOf(month).from) / (24 * hour);
  expect(['2027-02', '2028-02', '2100-02', '2000-02'].map(days)).toEqual([28, 29, 28, 29]);
});

test('a month is closed twelve hours after its end, to the millisecond', () => {
  const { to } = rangeOf('2026-10');
  expect([isClosed('2026-10', to + 12 * hour - 1), isClosed('2026-10', to + 12 * hour)]).toEqual([false, true]);
  expect(closedMonths(to + 12 * hour - 1, 2)).toEqual(['2026-08', '2026-09']);
  expect(closedMonths(to + 12 * hour, 2)).toEqual(['2026-09', '2026-10']);
});

test('closed months go over the edge of a year, the oldest first', () => {
  expect(closedMonths(Date.UTC(2027, 1, 3), 3)).toEqual(['2026-11', '2026-12', '2027-01']);
});
