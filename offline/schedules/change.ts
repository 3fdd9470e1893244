import type { Schedules, SchedulesStatus } from './schedules.ts';

/**
 * Applies a change of the schedules that came from outside: `{ "paused": true }`.
 *
 * @throws {TypeError} saying what a change may be
 */
export const changeSchedules = (schedules: Schedules, change: unknown): SchedulesStatus => {
  const [[name, paused] = [], ...others] = Object.entries((change ?? {}) as Record<string, unknown>);
  if (name !== 'paused' || typeof paused !== 'boolean' || others.length > 0) {
    throw new TypeError('Schedules are changed by {"paused": true} or {"paused": false}.');
  }
  return schedules.pause(paused);
};
