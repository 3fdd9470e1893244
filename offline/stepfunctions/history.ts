import type { Ending, Execution, ExecutionStore } from './store.ts';

/** Step Functions fails a standard execution at this event. */
const mostEvents = 25_000;

/** Writes the history of one execution, until it has ended: what happens then is ignored. */
export type History = Readonly<{
  append(type: string, details?: object): void;
  end(ending: Omit<Ending, 'stoppedMs'>): void;
  /** Aborted once the execution has ended. */
  ended: AbortSignal;
  /** Writes no more, and leaves the execution as it stands. */
  leave(): void;
}>;

const endTypes = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

/** AWS names the details by the type, its first letter small: `executionFailedEventDetails`. */
const detailsName = (type: string): string => `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;

/** Details by their own name; those of states are shared by the types of states. */
export const detailsOf = (type: string, details: object): object => ({ [detailsName(type)]: details });

/** A text of a history, and whether it was cut. */
export const inputOf = (input: string) => ({ input, inputDetails: { truncated: false } });
export const outputOf = (output: string) => ({ output, outputDetails: { truncated: false } });

/** Writes how an execution ended, its last event included. */
export const endExecution = (store: ExecutionStore, { number }: Execution, ending: Ending): void => {
  const { status, stoppedMs, output, error, cause } = ending;
  const type = endTypes[status];
  const details = {
    ...(output === undefined ? {} : outputOf(output)),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
  store.commit(() => {
    store.append(number, { type, timestampMs: stoppedMs, details: detailsOf(type, details) });
    store.end(number, ending);
  });
};

export const createHistory = (store: ExecutionStore, execution: Execution, now: () => Date): History => {
  const ended = new AbortController();

  const end = (ending: Omit<Ending, 'stoppedMs'>): void => {
    if (ended.signal.aborted) return;
    endExecution(store, execution, { ...ending, stoppedMs: now().getTime() });
    ended.abort();
  };

  return {
    append(type, details = {}) {
      if (ended.signal.aborted) return;
      const id = store.append(execution.number, { type, timestampMs: now().getTime(), details });
      if (id < mostEvents - 1) return;
      const cause = `The execution reached the maximum number of history events (${mostEvents}).`;
      end({ status: 'FAILED', error: 'States.Runtime', cause });
    },
    end,
    ended: ended.signal,
    leave: () => ended.abort(),
  };
};
