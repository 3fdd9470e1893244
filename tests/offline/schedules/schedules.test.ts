import { jest } from '@jest/globals';

import { changeSchedules } from '../../../offline/schedules/change.ts';
import { everyMs, parseExpression } from '../../../offline/schedules/expression.ts';
import { startSchedules, type Schedule, type Schedules } from '../../../offline/schedules/schedules.ts';

const startedAt = Date.parse('2026-01-01T00:00:00.500Z');
const sweeper: Schedule = { functionKey: 'sweeper', ruleName: 'sweep-rule', next: everyMs(2000) };
let schedules: Schedules | undefined;

beforeEach(() => {
  jest.useFakeTimers({ now: startedAt });
});
afterEach(() => {
  schedules?.close();
  jest.useRealTimers();
});

const start = (...rules: Schedule[]) => {
  const calls: { functionKey: string; payload: unknown; at: string }[] = [];
  const lines: string[] = [];
  schedules = startSchedules({
    schedules: rules,
    invoke: (functionKey, payload) => {
      if (functionKey === 'nobody') throw new Error('Function not found');
      calls.push({ functionKey, payload: JSON.parse(payload), at: new Date().toISOString() });
    },
    paused: false,
    now: () => new Date(),
    log: (line) => lines.push(line),
  });
  return { calls, lines, schedules };
};

describe('a schedule', () => {
  it('calls its function again and again with the event that EventBridge sends, first after one interval', () => {
    const { calls } = start(sweeper);
    jest.advanceTimersByTime(1999);
    expect(calls).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(calls).toEqual([
      {
        functionKey: 'sweeper',
        at: '2026-01-01T00:00:02.500Z',
        payload: {
          version: '0',
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          account: '000000000000',
          time: '2026-01-01T00:00:02Z',
          region: 'us-east-1',
          resources: ['arn:aws:events:us-east-1:000000000000:rule/sweep-rule'],
          detail: {},
        },
      },
    ]);
    jest.advanceTimersByTime(8000);
    expect(calls.map(({ at }) => at.slice(17))).toEqual(['02.500Z', '04.500Z', '06.500Z', '08.500Z', '10.500Z']);
    expect(schedules?.status()).toEqual({ paused: false, ticks: { sweeper: 5 } });
  });

  it('sends its own input where it has one', () => {
    const { calls } = start({ ...sweeper, input: '{"by":"hand"}' });
    jest.advanceTimersByTime(2000);
    expect(calls[0]?.payload).toEqual({ by: 'hand' });
  });

  it('that is a month away does not fire at once', () => {
    const { calls } = start({ ...sweeper, next: parseExpression('rate(30 days)') });
    jest.advanceTimersByTime(29 * 24 * 60 * 60_000);
    expect(calls).toEqual([]);
    jest.advanceTimersByTime(24 * 60 * 60_000);
    expect(calls).toHaveLength(1);
  });

  it('does not make up for ticks that the machine slept through', () => {
    const { calls } = start(sweeper);
    jest.setSystemTime(startedAt + 60_000);
    jest.advanceTimersByTime(2000);
    expect(calls).toHaveLength(1);
    jest.advanceTimersByTime(2000);
    expect(calls).toHaveLength(2);
  });

  it('without a next time ends', () => {
    const { calls } = start({ ...sweeper, next: parseExpression('cron(0 0 1 1 ? 2025)') });
    jest.runAllTimers();
    expect(calls).toEqual([]);
  });

  it('whose function cannot be called says so, and goes on', () => {
    const { lines } = start({ ...sweeper, functionKey: 'nobody' });
    jest.advanceTimersByTime(4000);
    expect(lines).toEqual(Array(2).fill('The schedule sweep-rule could not call nobody: Error: Function not found'));
    expect(schedules?.status().ticks).toEqual({ nobody: 0 });
  });
});

describe('the schedules', () => {
  it('are held and let go from outside; what came due meanwhile is left out', () => {
    const { calls, schedules: started } = start(sweeper, { ...sweeper, functionKey: 'relay', next: everyMs(3000) });
    expect(changeSchedules(started, { paused: true })).toEqual({ paused: true, ticks: { sweeper: 0, relay: 0 } });
    jest.advanceTimersByTime(10_000);
    expect(calls).toEqual([]);
    changeSchedules(started, { paused: false });
    jest.advanceTimersByTime(2000);
    expect(calls.map(({ functionKey }) => functionKey).toSorted()).toEqual(['relay', 'sweeper']);
  });

  it.each([[undefined], [null], [{}], [{ paused: 'yes' }], [{ paused: true, more: 1 }], [{ stopped: true }]])(
    'are not changed by %j',
    (change) => {
      const { schedules: started } = start(sweeper);
      expect(() => changeSchedules(started, change)).toThrow('{"paused": true}');
    },
  );

  it('fire nothing once they are closed', () => {
    const { calls, schedules: started } = start(sweeper);
    started.close();
    jest.advanceTimersByTime(10_000);
    expect(calls).toEqual([]);
  });
});
