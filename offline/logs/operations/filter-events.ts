import type { Fields } from '../../endpoint/json-input.ts';
import { groupOf, oldestKeptMs, type Context } from '../context.ts';
import { fields, invalidParameter } from '../errors.ts';
import { parseFilterPattern } from '../filter-pattern.ts';
import { fitPage, mostEvents } from '../page.ts';
import { readToken, writeToken } from '../page-token.ts';
import type { LogEvent, Position } from '../store/events.ts';

type ReadMore = (after: Position | undefined) => readonly LogEvent[];

/** Reads on until a page is full of events that are wanted, or no more come. */
const collect = (
  read: ReadMore,
  isWanted: (event: LogEvent) => boolean,
  start: Position | undefined,
  limit: number,
) => {
  const wanted: LogEvent[] = [];
  let after = start;
  for (;;) {
    const events = read(after);
    for (const event of events) {
      after = event;
      if (!isWanted(event)) continue;
      wanted.push(event);
      if (wanted.length === limit) return { wanted, hasMore: true };
    }
    if (events.length === 0) return { wanted, hasMore: false };
  }
};

/** Reads a whole group in the order of time, its streams between each other, and keeps what the pattern matches. */
export const filterLogEvents = (context: Context, input: Fields): unknown => {
  const { store, now } = context;
  const limit = fields.optionalNumber(input, 'limit', { min: 1, max: mostEvents }) ?? mostEvents;
  const names = fields.list(input, 'logStreamNames');
  const prefix = fields.optionalText(input, 'logStreamNamePrefix');
  if (names !== undefined && prefix !== undefined) {
    throw invalidParameter('The parameters logStreamNames and logStreamNamePrefix are mutually exclusive.');
  }
  const matches = parseFilterPattern(typeof input['filterPattern'] === 'string' ? input['filterPattern'] : '');
  const group = groupOf(context, input);
  const fromMs = Math.max(fields.optionalNumber(input, 'startTime') ?? 0, oldestKeptMs(group, now()));
  const toMs = fields.optionalNumber(input, 'endTime') ?? Number.MAX_SAFE_INTEGER;
  const range = { of: { group: group.id }, fromMs, toMs, limit: mostEvents };
  const isWanted = ({ streamName, message }: LogEvent): boolean =>
    (names === undefined || names.includes(streamName)) && streamName.startsWith(prefix ?? '') && matches(message);
  const start = readToken(fields.optionalText(input, 'nextToken')) as Position | undefined;
  const { wanted, hasMore } = collect((after) => store.events.readForward(range, after), isWanted, start, limit);
  const page = fitPage(wanted);
  const last = page.at(-1);
  const goesOn = last !== undefined && (hasMore || page.length < wanted.length);
  return {
    events: page.map(describe),
    searchedLogStreams: [],
    ...(goesOn ? { nextToken: writeToken({ timestamp: last.timestamp, id: last.id }) } : {}),
  };
};

const describe = ({ id, streamName, timestamp, message, ingestedMs }: LogEvent) => ({
  logStreamName: streamName,
  timestamp,
  message,
  ingestionTime: ingestedMs,
  eventId: String(id).padStart(56, '0'),
});
