import type { Faults } from '../contracts.ts';
import { createRandom } from './random.ts';

/** How far apart events may be thrown when they are to be reordered and no delay says it. */
const reorderWindowMs = 100;

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
