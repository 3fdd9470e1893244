import { setTimeout } from 'node:timers/promises';
import type { RequestLogEntry } from '../offline/contracts.ts';
import { readRequests } from './control.ts';

/** The endpoint's request log, read as it grows, so that a long run outgrows no ring. */
export type RequestFollower = Readonly<{
  /** Reads what is new, and returns it. */
  poll(): Promise<readonly RequestLogEntry[]>;
  /** Everything that was read, and how many entries the log no longer held when they were asked for. */
  read(): Readonly<{ entries: readonly RequestLogEntry[]; dropped: number }>;
}>;

export const followRequests = (endpoint: string): RequestFollower => {
  const entries: RequestLogEntry[] = [];
  let dropped = 0;
  let next = 0;
  return {
    poll: async () => {
      const page = await readRequests(endpoint, next);
      for (const entry of page.entries) entries.push(entry);
      dropped += page.dropped;
      next = page.next;
      return page.entries;
    },
    read: () => ({ entries, dropped }),
  };
};

const followMs = 10;

/** Reads the request log as long as the work lasts, for the bar and for senders who wait to see something in it. */
export const follow = async (
  follower: RequestFollower,
  onRequests: (entries: readonly RequestLogEntry[]) => void,
  work: Promise<unknown>,
): Promise<void> => {
  const ended = work.then(() => 'ended' as const);
  // Where the log cannot be read, that is the error, and this one follows from it.
  ended.catch(() => undefined);
  for (let state: 'ended' | 'working' = 'working'; state === 'working';) {
    onRequests(await follower.poll());
    state = await Promise.race([ended, setTimeout(followMs, 'working' as const)]);
  }
};
