import { setTimeout } from 'node:timers/promises';
import type { RequestLogEntry } from '../offline/contracts.ts';
import { pauseSchedules, readStatus, type Status } from './control.ts';
import type { RequestFollower } from './follow-requests.ts';
import type { Unfinished } from './unfinished.ts';

/** Something is unfinished, and nothing has been finished for a long time. */
class StalledError extends Error {
  override readonly name = 'StalledError';
}

export type Quiet = Readonly<{
  endpoint: string;
  follower: RequestFollower;
  onRequests(requests: readonly RequestLogEntry[]): void;
  readUnfinished(): Promise<Unfinished>;
  signal: AbortSignal;
}>;

const pollMs = 100;
/** Longer than any lease, visibility timeout or time-out of the stage `local`, and than several resends in a row. */
const defaultStallMs = 300_000;
const shownUnfinished = 20;

/**
 * Waits until every file is answered and nothing is on its way, while the sweeper and the relay run on.
 *
 * @throws {StalledError} when something is unfinished, and no file has been answered for `stallMs`
 */
export const waitUntilFinished = async (quiet: Quiet, stallMs = defaultStallMs): Promise<void> => {
  const { follower, onRequests, readUnfinished, signal } = quiet;
  let answeredAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const requests = await follower.poll();
    onRequests(requests);
    if (requests.some(isAnswer)) answeredAt = Date.now();
    const unfinished = await readUnfinished();
    if (unfinished.length === 0) return;
    if (Date.now() - answeredAt > stallMs) throw stalled(unfinished, stallMs);
    await setTimeout(pollMs);
  }
};

/**
 * Waits until every file is answered, then holds the schedules and waits until no function runs. What the sweeper sent
 * in its last run is answered first, so that nothing at all moves when this settles.
 *
 * @throws {StalledError} as {@link waitUntilFinished}
 */
export const bringToRest = async (quiet: Quiet): Promise<void> => {
  const { endpoint, readUnfinished, signal } = quiet;
  for (;;) {
    await waitUntilFinished(quiet);
    await pauseSchedules(endpoint, true);
    while (!isIdle(await readStatus(endpoint))) {
      signal.throwIfAborted();
      await setTimeout(pollMs);
    }
    if ((await readUnfinished()).length === 0) return;
    await pauseSchedules(endpoint, false);
  }
};

/** Whether nothing is on its way. */
export const isIdle = ({ notifications, functions }: Status): boolean =>
  notifications.pending === 0 &&
  Object.values(functions).every(
    ({ running, queued, pendingEvents }) => running === 0 && queued === 0 && pendingEvents === 0,
  );

const answers: ReadonlySet<string | undefined> = new Set(['DONE', 'POISON', 'SUPERSEDED', 'GONE']);

const isAnswer = ({ status, detail }: RequestLogEntry): boolean =>
  status === 200 && answers.has(detail?.['set.status']);

const stalled = (unfinished: Unfinished, stallMs: number): StalledError =>
  new StalledError(
    [
      `No file has been answered for ${stallMs / 1000} s, and not everything is finished:`,
      ...unfinished.slice(0, shownUnfinished),
      ...(unfinished.length > shownUnfinished ? [`… and ${unfinished.length - shownUnfinished} more`] : []),
    ].join('\n'),
  );
