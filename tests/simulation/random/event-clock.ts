import type { Clock } from '../../../lib/ports/clock.ts';
import { refuseLongTimer } from '../../support/timer-limits.ts';

/** Virtual time for many timers: a heap, where the clock of the unit tests sorts a list. */
export type EventClock = Clock & {
  /** Moves time on, timer by timer; what each one started settles before the next. */
  runUntil(time: number): Promise<void>;
  /** Timers that are still to come. */
  waiting(): number;
};

type Timer = { at: number; order: number; callback: (() => void) | undefined };

/** A macrotask runs after every microtask and tick that is ready. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Equal times run in the order in which they were set, so that a seed tells the same story each time. */
const comesFirst = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

export const createEventClock = (startsAt = Date.UTC(2026, 0, 1)): EventClock => {
  let time = startsAt;
  let order = 0;
  let waiting = 0;
  const heap: Timer[] = [];

  const push = (timer: Timer): void => {
    let child = heap.push(timer) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (comesFirst(heap[parent]!, timer)) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = timer;
  };

  const pop = (): void => {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesFirst(heap[child + 1]!, heap[child]!)) child += 1;
      if (comesFirst(last, heap[child]!)) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = last;
  };

  return {
    now: () => time,
    waiting: () => waiting,
    startTimer(delayMs, callback) {
      refuseLongTimer(delayMs);
      const timer: Timer = { at: time + delayMs, order: (order += 1), callback };
      waiting += 1;
      push(timer);
      return () => {
        if (timer.callback !== undefined) waiting -= 1;
        timer.callback = undefined;
      };
    },
    async runUntil(until) {
      await settle();
      for (let next = heap[0]; next !== undefined && next.at <= until; next = heap[0]) {
        pop();
        const { callback } = next;
        if (callback === undefined) continue;
        next.callback = undefined;
        waiting -= 1;
        time = Math.max(time, next.at);
        callback();
        await settle();
      }
      time = Math.max(time, until);
    },
  };
};
