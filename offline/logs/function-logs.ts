import type { LogLine } from '../runner/runner.ts';
import type { LogStore } from './store/store.ts';
import type { NewEvent } from './store/events.ts';

/** Takes the lines of functions, and keeps them in their log groups a little later. */
export type FunctionLogs = Readonly<{ add(line: LogLine): void; close(): void }>;

/** Lines that wait at most, in number and in time: what a kill may cost. */
const mostWaiting = 1000;
const flushMs = 250;

/**
 * Keeps what functions say, in batches of one transaction each: the handlers wait for nothing. Groups and streams are
 * made where they are missing, as Lambda's role may.
 */
export const createFunctionLogs = ({ store, now }: { store: LogStore; now: () => Date }): FunctionLogs => {
  let waiting: (NewEvent & LogLine)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const place = (groupName: string, streamName: string): [groupId: number, streamId: number] => {
    if (!store.groups.find(groupName)) store.groups.create(groupName, now().getTime());
    const group = store.groups.find(groupName)?.id ?? 0;
    if (!store.streams.find(group, streamName)) store.streams.create(group, streamName, now().getTime());
    return [group, store.streams.find(group, streamName)?.id ?? 0];
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
        if (first === undefined) continue;
        const { logGroupName, logStreamName } = first;
        store.events.append(...place(logGroupName, logStreamName), ofStream, now().getTime());
      }
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
    close: flush,
  };
};
