import type { StateMachine as Engine } from 'aws-local-stepfunctions';
import { toRunnable, type Definition } from './definition.ts';
import { inputOf, outputOf, type History } from './history.ts';
import type { InvokeFunction } from './invoke-function.ts';
import type { Execution } from './store.ts';
import { createTaskHandlers } from './tasks.ts';

export type RunOptions = Readonly<{
  definition: Definition;
  execution: Execution;
  machineName: string;
  history: History;
  functions: InvokeFunction;
  region: string;
  timeScale: number;
  now: () => Date;
}>;

type EventLog = ReturnType<Engine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * Runs one execution to its end, and writes its history: states as the engine tells of them, tasks as their handlers do.
 * An execution that was stopped meanwhile, or whose cloud closes, is left where it is.
 */
export const runExecution = async (options: RunOptions): Promise<void> => {
  const { definition, execution, history } = options;
  const { StateMachine } = await import('aws-local-stepfunctions');
  if (history.ended.aborted) return;
  const tasks = createTaskHandlers(options);

  const write = (event: EventLog): void => {
    switch (event.type) {
      case 'StateEntered': {
        const { name, input } = event.state;
        const details = { name, ...inputOf(JSON.stringify(input)) };
        history.append(`${typeOf(definition, name)}StateEntered`, { stateEnteredEventDetails: details });
        return;
      }
      case 'StateExited': {
        const { name, output } = event.state;
        const details = { name, ...outputOf(JSON.stringify(output)) };
        history.append(`${typeOf(definition, name)}StateExited`, { stateExitedEventDetails: details });
        return;
      }
      case 'StateFailed':
        tasks.giveUp(event.state.name, event.Error);
        return;
      case 'ExecutionSucceeded':
        history.end({ status: 'SUCCEEDED', output: JSON.stringify(event.output) });
        return;
      case 'ExecutionFailed':
        history.end({ status: 'FAILED', error: event.Error, cause: textOf(event.Cause) });
        return;
      case 'ExecutionTimeout':
        history.end({ status: 'TIMED_OUT', error: 'States.Timeout' });
        return;
      // Ours is written before the engine starts, an abort where it is made; a retry and a catch show in what follows.
      case 'ExecutionStarted':
      case 'ExecutionAborted':
      case 'StateRetried':
      case 'StateCaught':
        return;
      // lacksOf() has refused states that make these.
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed':
      case 'ParallelBranchStarted':
      case 'ParallelBranchSucceeded':
      case 'ParallelBranchFailed':
        throw new Error(`${event.type} is not built.`);
    }
  };

  const runnable = toRunnable(definition, options.timeScale) as unknown as ConstructorParameters<
    typeof StateMachine
  >[0];
  const machine = new StateMachine(runnable, { validationOptions: { noValidate: true } });
  const run = machine.run(JSON.parse(execution.input) as Parameters<typeof machine.run>[0], {
    overrides: { taskResourceLocalHandlers: { ...tasks.handlers } },
    noThrowOnAbort: true,
    context: {
      Execution: { Id: execution.arn, Name: execution.name },
      StateMachine: { Id: execution.machineArn, Name: options.machineName },
    },
  });
  // How it ended is told by the events too.
  run.result.catch(() => undefined);
  history.ended.addEventListener('abort', () => run.abort(), { once: true });
  for await (const event of run.eventLogs) write(event);
};

/** Waits run as tasks of the engine; a history calls them what they are. */
const typeOf = (definition: Definition, name: string): string => definition.States[name]?.Type ?? '';
