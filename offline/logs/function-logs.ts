import type { LogLine } from '../runner/runner.ts';
import type { Destination, NewEvent } from './store/events.ts';
import type { LogStore } from './store/store.ts';

/** Takes the lines of functions, and keeps them in their log groups a little later. */
export type FunctionLogs = Readonly<{ add(line: LogLine): void; close(): void }>;

export type FunctionLogsOptions = Readonly<{
  store: LogStore;
  now: () => Date;
  /** Lines that are kept at all; of more, the last. */
  mostKept?: number;
}>;

/** Lines that wait at most, in number and in time: what a kill may cost. */
const mostWaiting = 1000;
const flushMs = 250;

/**
 * Keeps what functions say, in batches of one transaction each: the handlers wait for nothing. Groups and streams are
 * made where they are missing, as Lambda's role may.
 */
export const createFunctionLogs = ({ store, now, mostKept = 500_000 }: FunctionLogsOptions): FunctionLogs => {
  let waiting: (NewEvent & LogLine)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const groupId = (name: string): number => {
    if (!store.groups.find(name)) store.groups.create(name, now().getTime());
    return store.groups.find(name)?.id ?? 0;
  };

  const place = ({ logGroupName, logStreamName }: LogLine): Destination => {
    const group = groupId(logGroupName);
    const known = store.streams.idOf(group, logStreamName);
    const streamId = known ?? store.streams.create(group, logStreamName, now().getTime());
    return { groupId: group, streamId, said: true };
  };

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    const byStream = Map.groupBy(lines, ({ logGroupName, logStreamName }) => `${logGroupName}:${logStreamName}`);
    store.commit(() => {
      for (const ofStream of byStream.values()) {
        const [first] = ofStream;
        if (first !== undefined) store.events.append(place(first), ofStream, now().getTime());
      }
      store.events.forgetSaid(mostKept);
    });
  };

  return {
    add(line) {
      // CloudWatch Logs takes no empty event.
      if (line.line === '') return;
      waiting.push({ ...line, timestamp: now().getTime(), message: line.line });
      if (waiting.length >= mostWaiting) flush();
      else timer ??= setTimeout(flush, flushMs);
    },
    close() {
      if (waiting.length > 0) flush();
    },
  };
};
