import type { LogStore } from '../store/store.ts';
import type { ExportTask } from '../store/tasks.ts';
import { NoBucketError, type Destinations } from './destination.ts';
import { writeExport } from './write-export.ts';

/** Calls `work` after `delayMs`; the answer takes that back. */
export type After = (delayMs: number, work: () => void) => () => void;

export type ExportTasksOptions = Readonly<{
  store: LogStore;
  destinations: Destinations;
  now: () => Date;
  after: After;
  log: (line: string) => void;
}>;

/** Carries the one active task from PENDING to its end. */
export type ExportTasks = Readonly<{
  /** Looks at the active task, does what is due and sets the clock for what is not. */
  advance(): void;
  /** Ends the task that runs; it is cancelled once it writes no more. */
  cancel(task: ExportTask): void;
  /** Stops where it is: the task goes on when its cloud starts again. */
  close(): Promise<void>;
}>;

/** `setTimeout` takes 24 days at most. */
const longestDelayMs = 2 ** 31 - 1;

export const createExportTasks = (options: ExportTasksOptions): ExportTasks => {
  const { store, destinations, now, after, log } = options;
  let stopTimer = (): void => undefined;
  let writing: { id: string; done: boolean; abort: AbortController; ended: Promise<void> } | undefined;
  let closed = false;

  const end = (task: ExportTask, status: 'COMPLETED' | 'FAILED' | 'CANCELLED', message: string): void => {
    writing?.abort.abort();
    writing = undefined;
    store.tasks.setStatus(task.id, status, message, now().getTime());
  };

  const write = async (task: ExportTask, signal: AbortSignal): Promise<void> => {
    try {
      await writeExport({ store, destinations, now }, task, signal);
      if (writing?.id === task.id) writing.done = true;
    } catch (error) {
      if (signal.aborted) return;
      const isGone = error instanceof NoBucketError;
      if (!isGone) log(`The export task ${task.id} failed: ${String(error)}`);
      const { bucket } = task;
      end(task, 'FAILED', isGone ? `The bucket ${bucket} does not exist.` : `Could not write to the bucket ${bucket}.`);
    }
    if (!closed) advance();
  };

  const startWriting = (task: ExportTask): void => {
    const abort = new AbortController();
    writing = { id: task.id, done: false, abort, ended: Promise.resolve() };
    writing.ended = write(task, abort.signal);
  };

  /** The next moment at which something is due, or undefined when the end of the writing is waited for. */
  const step = (task: ExportTask): number | undefined => {
    const at = now().getTime();
    if (task.status === 'PENDING_CANCEL') {
      end(task, 'CANCELLED', 'Cancelled by user');
      return undefined;
    }
    if (task.status === 'PENDING') {
      if (at < task.runsAtMs) return task.runsAtMs;
      store.tasks.setStatus(task.id, 'RUNNING', 'Started successfully');
    }
    // A task that ran when the cloud was killed is written again from its start.
    if (writing === undefined) startWriting(task);
    const runsTooLong = task.timesOutAtMs < task.endsAtMs || (at >= task.timesOutAtMs && !writing?.done);
    const endsAt = runsTooLong ? task.timesOutAtMs : task.endsAtMs;
    if (at < endsAt) return endsAt;
    if (runsTooLong) end(task, 'FAILED', 'The export task timed out.');
    else if (writing?.done) end(task, 'COMPLETED', 'Completed successfully');
    else return task.timesOutAtMs;
    return undefined;
  };

  const advance = (): void => {
    stopTimer();
    const task = store.tasks.active();
    const dueAt = task && step(task);
    if (dueAt === undefined) return;
    stopTimer = after(Math.min(dueAt - now().getTime(), longestDelayMs), advance);
  };

  return {
    advance,
    cancel(task) {
      store.tasks.setStatus(task.id, 'PENDING_CANCEL', 'Cancelled by user');
      advance();
    },
    async close() {
      closed = true;
      stopTimer();
      const { abort, ended } = writing ?? {};
      abort?.abort();
      await ended;
    },
  };
};
