import type { RequestLogEntry } from '../contracts.ts';

/** A page of the request log: what a reader that follows it gets. */
export type RequestLogPage = Readonly<{
  entries: readonly RequestLogEntry[];
  /** The cursor to ask with next. */
  next: number;
  /** Entries that the reader asked for and that the log no longer holds. */
  dropped: number;
}>;

/** The last requests that reached the endpoint, oldest first. */
export type RequestLog = Readonly<{
  append(entry: Omit<RequestLogEntry, 'n'>): void;
  /** Every entry whose `n` is `since` or later. */
  read(since: number): RequestLogPage;
}>;

/**
 * Creates a ring that keeps the last `capacity` entries. It lives in memory: what it is for, counting what happened in
 * a run, ends with the process.
 */
export const createRequestLog = (capacity = 500_000): RequestLog => {
  const ring: RequestLogEntry[] = [];
  let next = 0;

  return {
    append: (entry) => {
      ring[next % capacity] = { n: next, ...entry };
      next += 1;
    },
    read: (since) => {
      const oldest = Math.max(0, next - capacity);
      const from = Math.min(Math.max(since, oldest), next);
      const start = from % capacity;
      const count = next - from;
      const entries = ring.slice(start, start + count);
      return {
        entries: entries.concat(ring.slice(0, count - entries.length)),
        next,
        dropped: from - Math.min(since, from),
      };
    },
  };
};
