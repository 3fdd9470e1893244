import { parseExpression } from '../../../offline/schedules/expression.ts';

/** The first times after a moment, each in UTC to the minute. */
const timesAfter = (expression: string, after: string, count = 3): string[] => {
  const next = parseExpression(expression);
  const times: string[] = [];
  for (let at = next(Date.parse(after)); at !== undefined && times.length < count; at = next(at)) {
    times.push(new Date(at).toISOString().slice(0, 16));
  }
  return times;
};

it.each([
  ['rate(1 minute)', ['2026-01-01T00:01', '2026-01-01T00:02', '2026-01-01T00:03']],
  ['rate(90 minutes)', ['2026-01-01T01:30', '2026-01-01T03:00', '2026-01-01T04:30']],
  ['rate(30 days)', ['2026-01-31T00:00', '2026-03-02T00:00', '2026-04-01T00:00']],
  ['cron(* * * * ? *)', ['2026-01-01T00:01', '2026-01-01T00:02', '2026-01-01T00:03']],
  ['cron(15 12 * * ? *)', ['2026-01-01T12:15', '2026-01-02T12:15', '2026-01-03T12:15']],
  ['cron(0/20 8-9 ? * MON-FRI *)', ['2026-01-01T08:00', '2026-01-01T08:20', '2026-01-01T08:40']],
  ['cron(0 8 ? * 2,SUN *)', ['2026-01-04T08:00', '2026-01-05T08:00', '2026-01-11T08:00']],
  ['cron(0 8 1 */6 ? *)', ['2026-01-01T08:00', '2026-07-01T08:00', '2027-01-01T08:00']],
  ['cron(0 0 29 FEB ? *)', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ['cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
  ['cron(0 0 LW * ? *)', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-31T00:00']],
  ['cron(0 0 1W * ? *)', ['2026-02-02T00:00', '2026-03-02T00:00', '2026-04-01T00:00']],
  ['cron(0 0 15W * ? *)', ['2026-01-15T00:00', '2026-02-16T00:00', '2026-03-16T00:00']],
  ['cron(0 0 31W * ? *)', ['2026-01-30T00:00', '2026-03-31T00:00', '2026-05-29T00:00']],
  ['cron(0 0 ? * 3#2 *)', ['2026-01-13T00:00', '2026-02-10T00:00', '2026-03-10T00:00']],
  ['cron(0 0 ? * 5L *)', ['2026-01-29T00:00', '2026-02-26T00:00', '2026-03-26T00:00']],
  ['cron(0 0 ? * L *)', ['2026-01-03T00:00', '2026-01-10T00:00', '2026-01-17T00:00']],
  ['cron(0 0 1 1 ? 2027-2028)', ['2027-01-01T00:00', '2028-01-01T00:00']],
  ['cron(0 0 1 1 ? 2025)', []],
])('%s after new year’s midnight comes at %j', (expression, times) => {
  expect(timesAfter(expression, '2026-01-01T00:00:00Z')).toEqual(times);
});

it('a time that has just come is not the next one', () => {
  expect(timesAfter('cron(15 12 * * ? *)', '2026-01-01T12:14:59.999Z', 1)).toEqual(['2026-01-01T12:15']);
  expect(timesAfter('cron(15 12 * * ? *)', '2026-01-01T12:15:00Z', 1)).toEqual(['2026-01-02T12:15']);
});

it.each([
  ['rate(1 minutes)', 'neither rate(5 minutes)'],
  ['rate(5 minute)', 'neither rate(5 minutes)'],
  ['rate(0 minutes)', 'neither rate(5 minutes)'],
  ['every 5 minutes', 'neither rate(5 minutes)'],
  ['cron(* * * * ?)', 'has 5 fields and not 6'],
  ['cron(* * * * * *)', 'needs ?'],
  ['cron(* * ? * ? *)', 'needs ?'],
  ['cron(60 * * * ? *)', '"60" is no minutes from 0 to 59'],
  ['cron(* 24 * * ? *)', '"24" is no hours from 0 to 23'],
  ['cron(* * 0 * ? *)', '"0" is no day-of-month'],
  ['cron(* * * JANUARY ? *)', '"JANUARY" is no month'],
  ['cron(* * ? * 8 *)', '"8" is no day-of-week'],
  ['cron(* * ? * 2#6 *)', '"6" is no turn of the weekday'],
  ['cron(5-1 * * * ? *)', 'ends before it begins'],
  ['cron(0/0 * * * ? *)', 'no step of 1 or more'],
  ['cron(1-2-3 * * * ? *)', 'no part of the field minutes'],
])('%s is refused: %s', (expression, reason) => {
  expect(() => parseExpression(expression)).toThrow(
    expect.objectContaining({ name: 'ScheduleError', message: expect.stringContaining(reason) }),
  );
});
