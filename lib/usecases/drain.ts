import { describeError, PermanentError, TransientError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { Baton } from '../domain/lane.ts';
import type { QueueMessage } from '../ports/work-queue.ts';
import type { Dependencies } from './dependencies.ts';
import { inParallel } from './in-parallel.ts';
import { processFiles } from './process-files.ts';
import { runLane, type HeldLane, type LaneDependencies, type LaneOutcome, type Progress } from './run-lane.ts';

/** The knobs of the drain. */
export type DrainSettings = Readonly<{
  maxHops: number;
  /** The most messages that one run takes. */
  maxMessages: number;
  /** How long to wait for a first message before the queue counts as empty: 1 or 2, never 0 (short polls miss some). */
  waitSeconds: number;
}>;

/** Reads a message's body: which files it speaks of, and what of it could not be read. */
export type ReadMessage = (body: string) => Readonly<{ files: readonly FileVersion[]; unreadable: readonly Error[] }>;

export type DrainDependencies = Dependencies &
  LaneDependencies &
  Readonly<{ drain: DrainSettings; readMessage: ReadMessage }>;

/** What one run of the drain did; `setAside` are messages of no file of ours, sent to the dead-letter queue. */
export type DrainReport = { received: number; answered: number; setAside: number; unanswered: number };

export const drainLane = 'lane/drain';

/** SQS gives at most ten messages a call. */
const largestBatch = 10;

/**
 * Drains the work queue, one runner at a time: receive, process, delete what got an answer, and receive the next batch
 * meanwhile. Stops at the first empty long poll, at its budget or deadline, when paused, and while our own calls are
 * throttled: a message that cannot be answered now must not be received again and again until it counts as unreadable. By
 * one answer that could not be recorded, or half of the files that could not be read: one such file is no outage.
 */
export const drainQueue = async (
  dependencies: DrainDependencies,
  { baton, deadlineAt }: { baton: Baton | undefined; deadlineAt: number },
): Promise<{ outcome: LaneOutcome; report: DrainReport }> => {
  const { drain, settings, log, metrics } = dependencies;
  const report: DrainReport = { received: 0, answered: 0, setAside: 0, unanswered: 0 };
  const beside: Beside = { next: undefined, deletion: Promise.resolve(), calm: false, tookMs: 0 };
  const outcome = await runLane(dependencies, {
    lane: drainLane,
    baton,
    // No file is begun that could not run to its end: cut off here, it would have spent an attempt for nothing.
    deadlineAt: deadlineAt - settings.maxRunMs,
    maxHops: drain.maxHops,
    leaseMs: settings.leaseMs,
    skewMs: settings.skewMs,
    step: (held) => drainBatch(dependencies, { held, deadlineAt, report, beside }),
    close: () => endWhatGoesOn(dependencies, beside),
  });
  log.info('drain ended', { outcome, ...report });
  if (outcome !== 'not-mine') metrics.record(report);
  return { outcome, report };
};

/** What goes on beside the work on one batch: the receive of the next one and the deletion of the last. */
type Beside = {
  next: Promise<readonly QueueMessage[]> | undefined;
  deletion: Promise<void>;
  /** Nothing was throttled in the last batch. Only then is the next one received before this one is answered. */
  calm: boolean;
  /** How long the last batch took: what would hardly be begun is not received ahead. */
  tookMs: number;
};

const drainBatch = async (
  dependencies: DrainDependencies,
  run: Readonly<{ held: HeldLane; deadlineAt: number; report: DrainReport; beside: Beside }>,
): Promise<Progress> => {
  const { workQueue, clock, drain, settings } = dependencies;
  const { held, deadlineAt, report, beside } = run;
  // As many as are worked on at once: a second round might begin too late to end.
  const receive = () => workQueue.receive(drain.waitSeconds, Math.min(largestBatch, settings.concurrency));
  const messages = await (beside.next ?? receive());
  beside.next = undefined;
  const [first] = messages;
  if (first === undefined) {
    await held.remember({ backlogMs: 0 }, 'later');
    return 'finished';
  }
  await held.remember({ backlogMs: Math.max(0, clock.now() - first.sentAt) }, 'later');
  report.received += messages.length;
  const budgetSpent = report.received >= drain.maxMessages;
  const begunAt = clock.now();
  const timeLeft = begunAt + 2 * beside.tookMs < deadlineAt - settings.maxRunMs;
  if (beside.calm && timeLeft && !budgetSpent) beside.next = heard(receive());

  const spent: QueueMessage[] = [];
  const throttled: QueueMessage[] = [];
  const unrecorded: QueueMessage[] = [];
  await inParallel(messages, settings.concurrency, async (message) => {
    try {
      const answered = await answer(dependencies, message, deadlineAt);
      report[answered.as] += 1;
      spent.push(message);
      if (answered.throttled) throttled.push(message);
    } catch (error) {
      report.unanswered += 1;
      if (error instanceof TransientError) unrecorded.push(message);
    }
  });
  beside.tookMs = clock.now() - begunAt;
  await beside.deletion;
  // Deleted even when the lane was lost meanwhile: the ledger holds their answers.
  if (spent.length > 0) beside.deletion = heard(workQueue.deleteAll(spent));
  beside.calm = unrecorded.length === 0 && throttled.length * 2 < messages.length;
  if (!beside.calm) return 'throttled';
  return budgetSpent ? 'budget' : 'more';
};

/**
 * Waits for the last deletion, and puts a batch back that was received and not begun. While calls are throttled it
 * stays hidden instead: put back, it would be received at each tick until it counts as unreadable.
 */
const endWhatGoesOn = async ({ workQueue }: DrainDependencies, beside: Beside): Promise<void> => {
  await beside.deletion;
  const messages = (await beside.next) ?? [];
  if (messages.length > 0 && beside.calm) await workQueue.putBackAll(messages);
};

/** Whoever awaits it hears of a failure. Until then nobody does, and such a promise would end the process. */
const heard = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};

/**
 * Processes the files of one message; says whether a call for one of them was throttled. A message that speaks of no file
 * of ours goes to the dead-letter queue at once: it would get no better by coming again.
 * @throws when the ledger does not hold an answer for each of its files
 */
const answer = async (
  dependencies: DrainDependencies,
  message: QueueMessage,
  deadlineAt: number,
): Promise<{ as: 'answered' | 'setAside'; throttled: boolean }> => {
  const { workQueue, log } = dependencies;
  const { messageId } = message;
  try {
    const read = dependencies.readMessage(message.body);
    const files = await processFiles(dependencies, { ...read, via: 'queue', deadlineAt });
    return { as: 'answered', throttled: files.some(({ outcome }) => outcome === 'throttled') };
  } catch (error) {
    if (error instanceof PermanentError) {
      log.error('message speaks of no file of ours; it goes to the dead-letter queue', {
        messageId,
        error: describeError(error),
      });
      await workQueue.setAside(message);
      return { as: 'setAside', throttled: false };
    }
    log.error('message got no answer; it stays in the queue, and goes to the dead-letter queue in the end', {
      messageId,
      error: describeError(error),
    });
    throw error;
  }
};
