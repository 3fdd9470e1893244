import { systemClock } from '../../lib/adapters/system.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { createEventClock } from '../simulation/random/event-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

/** A clock, and what lets its time pass: afterwards all has been called back that was due by then. */
type ClockWorld = Readonly<{ clock: Clock; pass(milliseconds: number): Promise<unknown>; grainMs: number }>;

const worlds: Readonly<Record<string, () => ClockWorld>> = {
  'the clock of this machine': () => ({
    clock: systemClock,
    // Nothing else makes real time pass. Of one delay, Node calls back in the order in which its timers were started.
    pass: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    // A timer and `Date.now` each drop a fraction of a millisecond.
    grainMs: 1,
  }),
  'the clock of the unit tests': () => {
    const clock = createVirtualClock();
    return { clock, pass: (milliseconds) => clock.advance(milliseconds), grainMs: 0 };
  },
  'the clock of the random simulation': () => {
    const clock = createEventClock();
    return { clock, pass: (milliseconds) => clock.runUntil(clock.now() + milliseconds), grainMs: 0 };
  },
};

describe.each(Object.entries(worlds))('%s', (_name, makeWorld) => {
  /** A world in which it is noted how long after its start somebody was called back. */
  const timed = () => {
    const world = makeWorld();
    const startedAt = world.clock.now();
    const calls: number[] = [];
    return { ...world, calls, call: () => void calls.push(world.clock.now() - startedAt) };
  };

  it('calls back once, and not before the delay is over', async () => {
    const { clock, pass, grainMs, calls, call } = timed();
    clock.startTimer(20, call);
    await pass(20);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toBeGreaterThanOrEqual(20 - grainMs);
    await pass(50);
    expect(calls).toHaveLength(1);
  });

  it('does not call back what was cancelled, be it once or twice, and calls back the others', async () => {
    const { clock, pass } = timed();
    const called: string[] = [];
    const [once, twice] = ['once', 'twice', 'never'].map((name) => clock.startTimer(5, () => void called.push(name)));
    [once, twice, twice].forEach((cancel) => cancel!());
    await pass(20);
    expect(called).toEqual(['never']);
  });

  it('is told in vain to cancel what it has called back', async () => {
    const { clock, pass, calls, call } = timed();
    const cancel = clock.startTimer(5, call);
    await pass(5);
    cancel();
    clock.startTimer(5, call);
    cancel();
    await pass(20);
    expect(calls).toHaveLength(2);
  });

  it('calls back after a delay of 0, but not before it has answered', async () => {
    const { clock, pass, calls, call } = timed();
    clock.startTimer(0, call);
    expect(calls).toEqual([]);
    await pass(1);
    expect(calls).toHaveLength(1);
  });

  it('takes a delay of 2³¹ − 1 ms, refuses a longer one and one without an end, and fires at once for none', async () => {
    const { clock, pass, calls, call } = timed();
    const cancel = clock.startTimer(2 ** 31 - 1, call);
    for (const delayMs of [2 ** 31, 2 ** 40, Infinity]) {
      expect(() => clock.startTimer(delayMs, call)).toThrow(RangeError);
    }
    await pass(10);
    cancel();
    expect(calls).toEqual([]);
  });
});
