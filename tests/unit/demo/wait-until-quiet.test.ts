import type { Status } from '../../../demo/control.ts';
import { eventsUnderWay } from '../../../demo/unfinished.ts';
import { isIdle } from '../../../demo/wait-until-quiet.ts';

const quiet: Status = {
  notifications: { put: 3, delivered: 2, lost: 1, doubled: 0, pending: 0 },
  functions: { processor: { running: 0, queued: 0, pendingEvents: 0, invocations: 2, errors: 0 } },
};

describe('a local cloud', () => {
  it('is idle when no event is on its way and no function runs or is due', () => {
    expect(isIdle(quiet)).toBe(true);
  });

  it('is not idle while a notification is pending', () => {
    expect(isIdle({ ...quiet, notifications: { ...quiet.notifications, pending: 1 } })).toBe(false);
  });

  it.each(['running', 'queued', 'pendingEvents'] as const)('is not idle while an event is %s', (what) => {
    const processor = { ...quiet.functions['processor']!, [what]: 1 };
    expect(isIdle({ ...quiet, functions: { ...quiet.functions, processor } })).toBe(false);
  });
});

describe('what is unfinished', () => {
  it('is an event that is on its way, or with the processor', () => {
    expect(eventsUnderWay(quiet)).toEqual([]);
    expect(eventsUnderWay({ ...quiet, notifications: { ...quiet.notifications, pending: 2 } })).toEqual([
      '2 events to be delivered',
    ]);
    const processor = { ...quiet.functions['processor']!, queued: 3 };
    expect(eventsUnderWay({ ...quiet, functions: { processor } })).toEqual([expect.stringContaining('3 queued')]);
  });

  it('is no run of the relay or the sweeper: those are called all the time', () => {
    const relay = { ...quiet.functions['processor']!, running: 1, pendingEvents: 1 };
    expect(eventsUnderWay({ ...quiet, functions: { ...quiet.functions, relay } })).toEqual([]);
  });
});
