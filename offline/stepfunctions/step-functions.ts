import type { Service } from '../contracts.ts';
import type { Fields } from '../endpoint/json-input.ts';
import { createJsonService } from '../endpoint/json-service.ts';
import { machineNotFound } from './errors.ts';
import { createExecutions } from './executions.ts';
import { createInvokeFunction } from './invoke-function.ts';
import { readMachine, type Machine } from './machines.ts';
import { stepFunctionsOperations } from './operations.ts';
import { openExecutionStore } from './store.ts';

/** An input holds 256 KiB; escaped in JSON it may be six times as long. */
const maximumRequestBytes = 2 * 1024 * 1024;

/** The local Step Functions: a service, and what the cloud itself does with it. */
export type LocalStepFunctions = Service &
  Readonly<{
    /** Makes the state machine known, in place of one of the same ARN. Throws a {@link DefinitionError}. */
    createStateMachine(machine: Pick<Machine, 'arn' | 'name' | 'text' | 'roleArn'>): Machine;
    /** Starts an execution, as EventBridge does for a schedule. */
    startExecution(stateMachineArn: string, input: string): void;
    /** Stops every execution where it is, before the endpoint closes. */
    stop(): void;
  }>;

export type LocalStepFunctionsOptions = Readonly<{
  directory: string;
  endpoint: string;
  region: string;
  /** Waits, pauses before retries and the time-outs of executions are this many times shorter than the definition says. */
  timeScale: number;
  now: () => Date;
  log: (line: string) => void;
}>;

/** The state machine, or with its id the execution, that a request is about. */
export const resourceOf = (input: Fields): string => {
  const arn = input['executionArn'] ?? input['stateMachineArn'];
  return typeof arn === 'string' ? arn.split(':').slice(6).join(':') : '';
};

/** Opens the executions that are kept under `directory`. */
export const createStepFunctions = (options: LocalStepFunctionsOptions): LocalStepFunctions => {
  const { directory, endpoint, region, now } = options;
  const store = openExecutionStore(directory);
  const functions = createInvokeFunction({ endpoint, region });
  const executions = createExecutions({ ...options, store, functions });
  const machines = new Map<string, Machine>();
  executions.endLeftOver();

  const service = createJsonService({
    service: 'states',
    contentType: 'application/x-amz-json-1.0',
    maximumRequestBytes,
    resourceOf,
    operations: stepFunctionsOperations({ store, machines, executions }),
    close() {
      functions.close();
      store.close();
      return Promise.resolve();
    },
  });

  return {
    ...service,
    createStateMachine(given) {
      const machine = readMachine({ ...given, createdMs: now().getTime() });
      machines.set(machine.arn, machine);
      return machine;
    },
    startExecution(stateMachineArn, input) {
      const machine = machines.get(stateMachineArn);
      if (machine === undefined) throw machineNotFound(stateMachineArn);
      executions.start(machine, { input });
    },
    stop: () => executions.close(),
  };
};
