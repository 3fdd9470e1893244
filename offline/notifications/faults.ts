import type { Faults } from '../contracts.ts';
import { createRandom } from './random.ts';

/** S3 as it is on a good day. */
export const noFaults: Faults = { lose: 0, double: 0, delayMs: 0, reorder: false, seed: 1 };

/** How far apart events may be thrown when they are to be reordered and no delay says it. */
const reorderWindowMs = 100;

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const checks: Readonly<Record<keyof Faults, readonly [(value: unknown) => boolean, string]>> = {
  lose: [isShare, 'a share from 0 to 1'],
  double: [isShare, 'a share from 0 to 1'],
  delayMs: [isWhole, 'milliseconds, 0 or more'],
  reorder: [(value) => typeof value === 'boolean', 'true or false'],
  seed: [isWhole, 'a whole number, 0 or more'],
};

/**
 * Checks a change of faults that came from outside and applies it.
 *
 * @throws {TypeError} naming the fault and what it may be.
 */
export const changeFaults = (faults: Faults, change: unknown): Faults => {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new TypeError(`Faults are an object of ${Object.keys(checks).join(', ')}.`);
  }
  for (const [name, value] of Object.entries(change)) {
    if (!(name in checks))
      throw new TypeError(`There is no fault ${name}; there are ${Object.keys(checks).join(', ')}.`);
    const [isRight, expected] = checks[name as keyof Faults];
    if (!isRight(value)) throw new TypeError(`${name} is ${expected}; it was ${JSON.stringify(value)}.`);
  }
  return { ...faults, ...change };
};

/** When one event is delivered: after each of these delays once. Empty for an event that is lost. */
export type DeliveryPlan = readonly number[];

/**
 * Decides what becomes of an event. It depends on the seed, the object and the how-manieth event of that object this
 * is, and on nothing else: a run can be repeated whatever the order in which its events arrive.
 */
export const planDelivery = (faults: Faults, object: string, occurrence: number): DeliveryPlan => {
  const random = createRandom(`${faults.seed}\n${object}\n${occurrence}`);
  const [lost, doubled] = [random() < faults.lose, random() < faults.double];
  if (lost) return [];
  const longestMs = faults.reorder ? Math.max(faults.delayMs, reorderWindowMs) : faults.delayMs;
  const delays = [random() * longestMs, random() * longestMs].map(Math.round);
  return doubled ? delays : delays.slice(0, 1);
};
