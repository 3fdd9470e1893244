import type { Fields } from '../../endpoint/json-input.ts';
import { groupOf, oldestKeptMs, streamOf, type Context } from '../context.ts';
import { fields, invalidParameter } from '../errors.ts';
import { fitPage, mostEvents } from '../page.ts';
import type { LogEvent, Position } from '../store/events.ts';

type Token = Readonly<{ direction: 'f' | 'b'; position: Position }>;

/** A token says where it was given and which way it leads: `f/<time>/<id>`. */
const parseToken = (token: string | undefined): Token | undefined => {
  if (token === undefined) return undefined;
  const [, direction, timestamp, id] = /^([fb])\/(-?\d+)\/(\d+)$/.exec(token) ?? [];
  if (direction === undefined) throw invalidParameter('The specified nextToken is invalid.');
  return { direction: direction as Token['direction'], position: { timestamp: Number(timestamp), id: Number(id) } };
};

const tokenAt = (direction: Token['direction'], { timestamp, id }: Position): string =>
  `${direction}/${timestamp}/${id}`;

/**
 * Reads a stream page by page, from its end unless told otherwise. At either end the token of that way stays the same,
 * and a page may be empty without being the last one: readers stop when a token repeats.
 */
export const getLogEvents = (context: Context, input: Fields): unknown => {
  const { store, now } = context;
  const limit = fields.optionalNumber(input, 'limit', { min: 1, max: mostEvents }) ?? mostEvents;
  const given = fields.optionalText(input, 'nextToken');
  const token = parseToken(given);
  const startFromHead = fields.flag(input, 'startFromHead');
  const group = groupOf(context, input);
  const stream = streamOf(context, group, fields.text(input, 'logStreamName'));
  const fromMs = Math.max(fields.optionalNumber(input, 'startTime') ?? 0, oldestKeptMs(group, now()));
  const endMs = fields.optionalNumber(input, 'endTime');
  // The end is excluded here, as AWS says it; an export's is included.
  const toMs = endMs === undefined ? Number.MAX_SAFE_INTEGER : endMs - 1;
  const range = { of: { stream: stream.id }, fromMs, toMs, limit };
  const forward = token === undefined ? startFromHead : token.direction === 'f';
  const found = forward
    ? fitPage(store.events.readForward(range, token?.position))
    : fitPage(store.events.readBackward(range, token?.position).toReversed()).toReversed();
  const start = token?.position ?? { timestamp: forward ? fromMs : toMs, id: 0 };
  return {
    events: found.map(describe),
    nextForwardToken: tokenAt('f', found.at(-1) ?? start),
    nextBackwardToken: tokenAt('b', found[0] ?? start),
  };
};

const describe = ({ timestamp, message, ingestedMs }: LogEvent) => ({ timestamp, message, ingestionTime: ingestedMs });
