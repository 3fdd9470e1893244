import { isDeepStrictEqual } from 'node:util';
import type { RequestLogEntry } from '../offline/contracts.ts';
import { readStatus, type Status } from './control.ts';
import type { RequestFollower } from './follow-requests.ts';

/** Nothing moves any more, and yet something is unfinished. */
class StalledError extends Error {
  override readonly name = 'StalledError';
}

export type Quiet = Readonly<{
  endpoint: string;
  follower: RequestFollower;
  onRequests(requests: readonly RequestLogEntry[]): void;
  /** Names what is unfinished, for the error. */
  unfinished(): Promise<readonly string[]>;
  signal: AbortSignal;
}>;

const pollMs = 60;
/** Longer than any lease, back-off, time-out or retry of the stage `local`. */
const stallMs = 60_000;

/**
 * Waits until no event is on its way, no function runs or is due, and two looks in a row saw no request between them.
 *
 * @throws {StalledError} when nothing has changed for a minute and it is not quiet
 */
export const waitUntilQuiet = async ({ endpoint, follower, onRequests, unfinished, signal }: Quiet): Promise<void> => {
  let last: Status | undefined;
  let changedAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const status = await readStatus(endpoint);
    const requests = await follower.poll();
    onRequests(requests);
    const still = requests.length === 0 && isDeepStrictEqual(status, last);
    if (still && isIdle(status)) return;
    if (!still) changedAt = Date.now();
    else if (Date.now() - changedAt > stallMs) throw await stalled(status, unfinished);
    last = status;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
};

/** Whether nothing is on its way. */
export const isIdle = ({ notifications, functions }: Status): boolean =>
  notifications.pending === 0 &&
  Object.values(functions).every(
    ({ running, queued, pendingEvents }) => running === 0 && queued === 0 && pendingEvents === 0,
  );

const stalled = async (status: Status, unfinished: Quiet['unfinished']): Promise<StalledError> => {
  const list = await unfinished();
  return new StalledError(
    [
      `Nothing has moved for ${stallMs / 1000} s, and not everything is finished: ${JSON.stringify(status)}`,
      ...list.slice(0, 20),
      ...(list.length > 20 ? [`… and ${list.length - 20} more`] : []),
    ].join('\n'),
  );
};
