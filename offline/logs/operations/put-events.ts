import type { Fields } from '../../endpoint/json-input.ts';
import { groupOf, oldestKeptMs, streamOf, type Context } from '../context.ts';
import { fields, invalidParameter } from '../errors.ts';
import type { NewEvent } from '../store/events.ts';

const dayMs = 24 * 60 * 60 * 1000;
const tooNewMs = 2 * 60 * 60 * 1000;
const mostEvents = 10_000;
/** AWS takes events up to 14 days old. */
const oldestEventMs = 14 * dayMs;
const mostBytes = 1_048_576;
/** What CloudWatch Logs counts for an event beside the bytes of its message. */
const eventBytes = 26;

const parseEvents = (input: Fields): NewEvent[] => {
  const events = fields.list(input, 'logEvents') ?? [];
  if (events.length === 0 || events.length > mostEvents) {
    throw invalidParameter(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: ` +
        `Member must have length ${events.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${mostEvents}`}`,
    );
  }
  return events.map((event) => ({
    timestamp: fields.number(event as Fields, 'timestamp'),
    message: fields.text(event as Fields, 'message'),
  }));
};

const checkBatch = (events: readonly NewEvent[]): void => {
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + eventBytes, 0);
  if (bytes > mostBytes) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${mostBytes}`);
  }
  for (const [index, { timestamp }] of events.entries()) {
    if (timestamp < (events[index - 1]?.timestamp ?? 0)) {
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
    }
  }
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > dayMs) {
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
};

/**
 * Takes a batch within AWS's limits. Events of any age are taken, so that past months can be seeded: AWS refuses those
 * older than 14 days. A group that takes such events is as old as they are, or no task could export them. What the
 * group's retention has passed, or lies more than two hours ahead, is left out and said.
 */
export const putLogEvents = (context: Context, input: Fields): unknown => {
  const { store, now } = context;
  const events = parseEvents(input);
  const group = groupOf(context, input);
  const stream = streamOf(context, group, fields.text(input, 'logStreamName'));
  checkBatch(events);
  const at = now();
  const oldest = oldestKeptMs(group, at);
  const firstKept = events.findIndex(({ timestamp }) => timestamp >= oldest);
  const firstTooNew = events.findIndex(({ timestamp }) => timestamp > at.getTime() + tooNewMs);
  const expired = firstKept === -1 ? events.length : firstKept;
  const kept = events.slice(expired, firstTooNew === -1 ? undefined : firstTooNew);
  const first = kept[0]?.timestamp ?? group.createdMs;
  if (first < group.createdMs - oldestEventMs) store.groups.backdate(group, first);
  store.commit(() => store.events.append({ groupId: group.id, streamId: stream.id }, kept, at.getTime()));
  const rejected = {
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
    ...(firstTooNew === -1 ? {} : { tooNewLogEventStartIndex: firstTooNew }),
  };
  return {
    nextSequenceToken: '49',
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
};
