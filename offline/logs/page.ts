import type { LogEvent } from './store/events.ts';

/** AWS's limits of one page of events. */
export const mostEvents = 10_000;
const mostBytes = 1_048_576;

/** As many of the events as one page takes, and at least one. */
export const fitPage = (events: readonly LogEvent[]): readonly LogEvent[] => {
  let bytes = 0;
  const end = events.findIndex(({ message }, index) => {
    bytes += Buffer.byteLength(message) + 26;
    return bytes > mostBytes && index > 0;
  });
  return end === -1 ? events : events.slice(0, end);
};
