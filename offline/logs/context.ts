import type { Fields } from '../endpoint/json-input.ts';
import { fields, groupNotFound, streamNotFound } from './errors.ts';
import type { LogGroup } from './store/groups.ts';
import type { LogStore } from './store/store.ts';
import type { LogStream } from './store/streams.ts';

/** What every operation works with. */
export type Context = Readonly<{ store: LogStore; now: () => Date }>;

const dayMs = 24 * 60 * 60 * 1000;

/** A group is given by its name, or where an operation takes an identifier also by its ARN. */
const groupNameOf = (input: Fields): string => {
  const identifier = fields.optionalText(input, 'logGroupIdentifier');
  if (identifier === undefined) return fields.text(input, 'logGroupName');
  return identifier.replace(/^arn:[^:]*:logs:[^:]*:\d*:log-group:/, '').replace(/:\*$/, '');
};

/** The group that a call is about. Throws `ResourceNotFoundException`. */
export const groupOf = ({ store }: Context, input: Fields): LogGroup => {
  const group = store.groups.find(groupNameOf(input));
  if (group === undefined) throw groupNotFound();
  return group;
};

/** A stream of the group. Throws `ResourceNotFoundException`. */
export const streamOf = ({ store }: Context, group: LogGroup, name: string): LogStream => {
  const stream = store.streams.find(group.id, name);
  if (stream === undefined) throw streamNotFound();
  return stream;
};

/** The oldest time that the group's retention leaves to be read; what is older is there no more. */
export const oldestKeptMs = ({ retentionDays }: LogGroup, now: Date): number =>
  retentionDays === undefined ? 0 : now.getTime() - retentionDays * dayMs;
