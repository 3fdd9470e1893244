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

/** What becomes of one event. */
export type EventFate = Readonly<{
  /** The how-manieth event of its object it is since the faults were last set. */
  occurrence: number;
  plan: DeliveryPlan;
  /** Whether it waits for the events before it. */
  inOrder: boolean;
}>;

/** Decides what becomes of the next event of an object. */
export type DrawEvent = (object: string) => EventFate;

/** Creates the draw for faults that were set just now: it counts each object's events from one, so that a run can be repeated. */
export const createEventDraw = (faults: Faults): DrawEvent => {
  const occurrences = new Map<string, number>();
  return (object) => {
    const occurrence = (occurrences.get(object) ?? 0) + 1;
    occurrences.set(object, occurrence);
    return { occurrence, plan: planDelivery(faults, object, occurrence), inOrder: !faults.reorder };
  };
};
