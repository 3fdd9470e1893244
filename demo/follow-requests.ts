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
