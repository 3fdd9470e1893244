import type { Status } from '../../../demo/control.ts';
import { eventsUnderWay } from '../../../demo/unfinished.ts';
import { isIdle, waitUntilFinished, type Quiet } from '../../../demo/wait-until-quiet.ts';
import { makeCommit, makeVersion } from './make-facts.ts';

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

describe('waiting until every file is answered', () => {
  const notYet = ['in the inbox: incoming/a.txt'];
  /** Each look takes the next of what is unfinished, and of whether an answer was seen; the last of each stays. */
  const waiting = (unfinished: readonly (readonly string[])[], answers: readonly boolean[], stallMs: number) => {
    let looks = 0;
    const nth = <T>(list: readonly T[]): T => list[Math.min(looks, list.length - 1)]!;
    const quiet: Quiet = {
      endpoint: 'http://localhost:0',
      follower: {
        poll: () => Promise.resolve(nth(answers) ? [makeCommit(makeVersion('a.txt'))] : []),
        read: () => ({ entries: [], dropped: 0 }),
      },
      onRequests: () => undefined,
      readUnfinished: () => {
        const found = nth(unfinished);
        looks += 1;
        return Promise.resolve(found);
      },
      signal: new AbortController().signal,
    };
    return waitUntilFinished(quiet, stallMs).then(() => looks);
  };

  it('ends as soon as nothing is unfinished', async () => {
    expect(await waiting([[]], [false], 1e9)).toBe(1);
    expect(await waiting([notYet, []], [false], 1e9)).toBe(2);
  });

  it('fails and names what is unfinished when no more answers come', async () => {
    await expect(waiting([notYet], [true, true, false], 150)).rejects.toThrow(
      /^No file has been answered for 0\.15 s[^]*\nin the inbox: incoming\/a\.txt$/,
    );
  });

  it('goes on as long as answers come', async () => {
    expect(await waiting([notYet, notYet, notYet, notYet, []], [true], 50)).toBe(5);
  });

  it('names a few of many', async () => {
    const many = Array.from({ length: 23 }, (_, n) => `in the inbox: ${n}`);
    await expect(waiting([many], [false], 0)).rejects.toThrow(/\nin the inbox: 19\n… and 3 more$/);
  });
});
