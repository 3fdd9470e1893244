import { localServiceOf } from '../../../offline/framework/local-service.ts';
import { scheduleDefinitions } from '../../../offline/framework/schedules.ts';
import { makeServerless, type FakeServerless } from '../plugin/framework.ts';

const serviceWith = (schedules: Record<string, unknown[]>, localSchedules?: Record<string, unknown>) => {
  const serverless: FakeServerless = makeServerless();
  for (const [key, events] of Object.entries(schedules)) {
    serverless.service.functions[key] = { name: key, events: events.map((schedule) => ({ schedule })) };
  }
  serverless.service.custom = { ...serverless.service.custom, localSchedules };
  return serverless;
};
const definitionsOf = (...given: Parameters<typeof serviceWith>) =>
  scheduleDefinitions(localServiceOf(serviceWith(...given))).map(({ next, ...rest }) => ({ ...rest, next: next(0) }));

describe('the schedules of the service', () => {
  it('are read from the functions’ events, each with the name that the framework gives its rule', () => {
    const events = ['rate(1 minute)', { rate: ['rate(1 hour)', 'cron(0 1 * * ? *)'], input: { by: 'rule' } }];
    expect(definitionsOf({ 'my-sweeper': events })).toEqual([
      { functionKey: 'my-sweeper', ruleName: 'everyfile-local-MyDashsweeperEventsRuleSchedule1', next: 60_000 },
      {
        functionKey: 'my-sweeper',
        ruleName: 'everyfile-local-MyDashsweeperEventsRuleSchedule2',
        input: '{"by":"rule"}',
        next: 3_600_000,
      },
      {
        functionKey: 'my-sweeper',
        ruleName: 'everyfile-local-MyDashsweeperEventsRuleSchedule3',
        input: '{"by":"rule"}',
        next: 3_600_000,
      },
    ]);
  });

  it('run every so many seconds where custom.localSchedules says it', () => {
    const schedules = {
      sweeper: ['rate(5 minutes)'],
      relay: ['rate(1 minute)', 'rate(1 hour)'],
      other: ['rate(1 day)'],
    };
    expect(
      definitionsOf(schedules, { sweeper: 2, relay: 0.5 }).map(({ functionKey, next }) => [functionKey, next]),
    ).toEqual([
      ['sweeper', 2000],
      ['relay', 500],
      ['other', 86_400_000],
    ]);
  });

  it('that are not enabled do not run', () => {
    expect(definitionsOf({ sweeper: [{ rate: ['rate(1 minute)'], enabled: false }] }, { sweeper: 2 })).toEqual([]);
  });

  it.each([
    [{ sweeper: ['rate(2 minute)'] }, {}, 'The schedule of sweeper cannot be followed: "rate(2 minute)" is neither'],
    [{ sweeper: [{ rate: ['rate(1 day)'], timezone: 'UTC' }] }, {}, 'does not have schedule.timezone of sweeper'],
    [{ sweeper: [{ rate: ['rate(1 day)'], method: 'scheduler' }] }, {}, 'schedule.method: scheduler of sweeper'],
    [{ sweeper: ['rate(1 day)'] }, { sweper: 2 }, 'names sweper, which is no function'],
    [{ sweeper: ['rate(1 day)'] }, { sweeper: 0 }, 'custom.localSchedules.sweeper must be seconds'],
    [{ sweeper: ['rate(1 day)'] }, { sweeper: '2' }, 'must be seconds, 0.1 or more, not "2"'],
  ])('%j with %j is refused by name', (schedules, localSchedules, message) => {
    expect(() => definitionsOf(schedules, localSchedules)).toThrow(
      expect.objectContaining({ name: 'ScheduleError', message: expect.stringContaining(message) }),
    );
  });
});
