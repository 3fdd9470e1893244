import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { rangeOf, type Month } from '../../lib/domain/month.ts';
import { createRandom } from '../random.ts';

/** An event as it is put. Its message is found nowhere else. */
export type SeededEvent = Readonly<{ group: string; month: Month; stream: string; at: number; message: string }>;

const dayMs = 24 * 60 * 60 * 1000;
const streams = ['web', 'worker'];

/**
 * Events of one group in one month, in the order of their times: the first and the last millisecond of the month, and
 * others in between, on a few days, because a batch of events may span one day.
 */
export const eventsOf = (group: string, month: Month, count: number, seed: string): readonly SeededEvent[] => {
  const random = createRandom(`${seed} ${group} ${month}`);
  const { from, to } = rangeOf(month);
  const days = [from, from + 13 * dayMs, to - dayMs];
  const between = Array.from(
    { length: Math.max(count - 2, 0) },
    () => random.pick(days) + random.integer(0, dayMs - 1),
  );
  return [from, ...between, to - 1]
    .toSorted((a, b) => a - b)
    .map((at, index) => ({
      group,
      month,
      stream: random.pick(streams),
      at,
      message: JSON.stringify({ event: `${group} ${month} ${index}`, level: random.pick(['info', 'warn', 'error']) }),
    }));
};

/** Makes the group, and puts the events, a call for each stream and day. */
export const putEvents = async (
  logs: CloudWatchLogsClient,
  group: string,
  events: readonly SeededEvent[],
): Promise<void> => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
  for (const stream of streams) {
    await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }));
  }
  const batches = Map.groupBy(events, ({ stream, at }) => `${stream} ${Math.floor(at / dayMs)}`);
  for (const batch of batches.values()) {
    await logs.send(
      new PutLogEventsCommand({
        logGroupName: group,
        logStreamName: batch[0]?.stream,
        logEvents: batch.map(({ at, message }) => ({ timestamp: at, message })),
      }),
    );
  }
};
