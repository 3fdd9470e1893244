import { UnreadableEventError } from '../domain/errors.ts';
import type { Baton } from '../domain/lane.ts';

/** What woke a function that runs a lane: a baton, or (`undefined`) a schedule's tick or an operator. */
export type Wake = Readonly<{ baton: Baton | undefined }>;

/**
 * Reads what woke the function. A scheduled event, or an empty one by hand, is a tick.
 * @throws {UnreadableEventError} for a baton that is none
 */
export const parseWake = (event: unknown): Wake => {
  const baton = typeof event === 'object' && event !== null && 'baton' in event ? event.baton : undefined;
  if (baton === undefined) return { baton: undefined };
  if (typeof baton === 'object' && baton !== null && 'lane' in baton && 'fence' in baton) {
    const { lane, fence } = baton;
    if (typeof lane === 'string' && Number.isSafeInteger(fence)) return { baton: { lane, fence: Number(fence) } };
  }
  throw new UnreadableEventError(
    '"baton" must be {"lane": text, "fence": whole number}; leave it out to start by hand',
  );
};
