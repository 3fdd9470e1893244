import { randomUUID } from 'node:crypto';
import { notBuilt, ServiceError } from '../endpoint/json-service.ts';
import { createHistory, endExecution, inputOf, type History } from './history.ts';
import type { InvokeFunction } from './invoke-function.ts';
import type { Machine } from './machines.ts';
import { runExecution } from './run-execution.ts';
import type { Execution, ExecutionStore } from './store.ts';

export type ExecutionsOptions = Readonly<{
  store: ExecutionStore;
  functions: InvokeFunction;
  region: string;
  timeScale: number;
  now: () => Date;
  log: (line: string) => void;
}>;

/** Starts and stops executions. */
export type Executions = Readonly<{
  /** Throws `ExecutionAlreadyExists`, `InvalidExecutionInput`; a name that runs with the same input is that execution. */
  start(machine: Machine, options: { name?: string; input: string }): Execution;
  /** Ends it at once, and ignores what its function returns later. One that has ended stays as it is. */
  stop(execution: Execution, reason: { error: string | undefined; cause: string | undefined }): Execution;
  /** Ends what an earlier run of the cloud left running, and says so in its history. */
  endLeftOver(): void;
  close(): void;
}>;

const checkInput = (input: string): void => {
  try {
    JSON.parse(input);
  } catch (error) {
    throw new ServiceError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
};

export const createExecutions = (options: ExecutionsOptions): Executions => {
  const { store, now, log } = options;
  const running = new Map<string, History>();

  const begin = (machine: Machine, execution: Execution): void => {
    const history = createHistory(store, execution, now);
    running.set(execution.arn, history);
    const details = { ...inputOf(execution.input), roleArn: machine.roleArn };
    history.append('ExecutionStarted', { executionStartedEventDetails: details });
    const { definition, name: machineName } = machine;
    runExecution({ ...options, definition, machineName, execution, history })
      .catch((error: unknown) => {
        log(`The execution ${execution.name} failed in the local cloud: ${String(error)}`);
        history.end({ status: 'FAILED', error: 'States.Runtime', cause: String(error) });
      })
      .finally(() => running.delete(execution.arn));
  };

  return {
    start(machine, { name = randomUUID(), input }) {
      if (machine.lacks.length > 0) throw notBuilt(`what ${machine.name} needs: ${machine.lacks.join('; ')}`);
      checkInput(input);
      const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
      const existing = store.find(arn);
      if (existing?.status === 'RUNNING' && existing.input === input) return existing;
      if (existing) throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      const execution = store.insert({ arn, machineArn: machine.arn, name, input, startedMs: now().getTime() });
      begin(machine, execution);
      return execution;
    },
    stop(execution, { error, cause }) {
      running.get(execution.arn)?.end({ status: 'ABORTED', error, cause });
      return store.find(execution.arn) ?? execution;
    },
    endLeftOver() {
      const cause = 'The local cloud ended while this execution ran; on AWS it would have gone on. Start another one.';
      for (const execution of store.running()) {
        endExecution(store, execution, {
          status: 'ABORTED',
          stoppedMs: now().getTime(),
          error: 'LocalCloud.Ended',
          cause,
        });
      }
    },
    close() {
      for (const history of running.values()) history.leave();
    },
  };
};
