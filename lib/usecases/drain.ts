import { describeError, TransientError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { Baton } from '../domain/lane.ts';
import type { QueueMessage } from '../ports/work-queue.ts';
import type { Dependencies } from './dependencies.ts';
import { inParallel } from './in-parallel.ts';
import { processFiles } from './process-files.ts';
import { runLane, type HeldLane, type LaneDependencies, type LaneOutcome } from './run-lane.ts';

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

/** What one run of the drain did. */
export type DrainReport = { received: number; answered: number; unanswered: number };

export const drainLane = 'lane/drain';

/**
 * Drains the work queue, one runner at a time: receive, process, delete what got an answer. Stops at the first empty
 * long poll, at its budget or deadline, when paused, and while our own calls are throttled: a message that cannot be
 * answered now must not be received again and again until it counts as unreadable.
 */
export const drainQueue = async (
  dependencies: DrainDependencies,
  { baton, deadlineAt }: { baton: Baton | undefined; deadlineAt: number },
): Promise<{ outcome: LaneOutcome; report: DrainReport }> => {
  const { drain, settings, log, metrics } = dependencies;
  const report: DrainReport = { received: 0, answered: 0, unanswered: 0 };
  const deletion: Deletion = { done: Promise.resolve() };
  const outcome = await runLane(dependencies, {
    lane: drainLane,
    baton,
    // Nothing is received that could not run to its end: a file cut off here would have spent an attempt for nothing.
    deadlineAt: deadlineAt - settings.maxRunMs,
    maxHops: drain.maxHops,
    leaseMs: settings.leaseMs,
    skewMs: settings.skewMs,
    step: (held) => drainBatch(dependencies, { held, deadlineAt, report, deletion }),
  }).finally(() => deletion.done);
  log.info('drain ended', { outcome, ...report });
  if (outcome !== 'not-mine') metrics.record(report);
  return { outcome, report };
};

/** The deletion of a batch goes on while the next one is received: neither waits for the other. */
type Deletion = { done: Promise<void> };

const drainBatch = async (
  dependencies: DrainDependencies,
  run: Readonly<{ held: HeldLane; deadlineAt: number; report: DrainReport; deletion: Deletion }>,
): Promise<'more' | 'finished'> => {
  const { workQueue, clock, drain, settings } = dependencies;
  const { held, deadlineAt, report, deletion } = run;
  const [messages] = await Promise.all([workQueue.receive(drain.waitSeconds), deletion.done]);
  const [first] = messages;
  if (first === undefined) {
    await held.remember({ backlogMs: 0 }, 'later');
    return 'finished';
  }
  await held.remember({ backlogMs: Math.max(0, clock.now() - first.sentAt) }, 'later');
  report.received += messages.length;

  const answered: QueueMessage[] = [];
  const failures: unknown[] = [];
  await inParallel(messages, settings.concurrency, async (message) => {
    const failure = await answer(dependencies, message, deadlineAt);
    if (failure === undefined) answered.push(message);
    else failures.push(failure);
  });
  report.answered += answered.length;
  report.unanswered += messages.length - answered.length;
  // Deleted even when the lane was lost meanwhile: the ledger holds their answers.
  if (answered.length > 0) {
    deletion.done = workQueue.deleteAll(answered);
    // Whoever awaits it hears of a failure. Until then nobody does, and such a promise would end the process.
    deletion.done.catch(() => undefined);
  }
  const throttled = failures.some((failure) => failure instanceof TransientError);
  return throttled || report.received >= drain.maxMessages ? 'finished' : 'more';
};

/** Processes the files of one message; an error when the ledger does not hold an answer for each. */
const answer = async (dependencies: DrainDependencies, message: QueueMessage, deadlineAt: number): Promise<unknown> => {
  try {
    const read = dependencies.readMessage(message.body);
    await processFiles(dependencies, { ...read, via: 'queue', deadlineAt });
    return undefined;
  } catch (error) {
    dependencies.log.error(
      'message got no answer; it stays in the queue, and goes to the dead-letter queue in the end',
      {
        messageId: message.messageId,
        error: describeError(error),
      },
    );
    return error;
  }
};
