import { parseExportStep, parseExportTurn } from '../../lib/events/export-state.ts';
import { checkExports } from '../../lib/usecases/check-exports.ts';
import type { CheckDependencies } from '../../lib/usecases/export-dependencies.ts';
import { exportLogs } from '../../lib/usecases/export-logs.ts';
import { logsExportDefinition, type State } from './logs-export-definition.ts';

/** An execution on its way, or how it ended. `events` is what AWS would have in its history by now. */
export type Execution = {
  readonly startedAt: number;
  state: string;
  input: Record<string, unknown>;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';
  error?: Error;
  /** When its next state may be entered. */
  dueAt: number;
  events: number;
  entered: string[];
};

/** Events of AWS's history: a task is entered, scheduled, started, done and left; anything else is entered and left. */
const eventsOfTask = 5;
const eventsOfState = 2;
/** A try that failed: scheduled, started, failed. */
const eventsOfFailedTry = 3;

export const startExecution = (now: number): Execution => ({
  startedAt: now, state: logsExportDefinition.StartAt, input: {}, status: 'RUNNING', dueAt: now, events: 1, entered: [],
}); // prettier-ignore

/** Enters one state of the deployed definition; its task is the real use case, behind the parsing of its handler. */
export const stepMachine = async (execution: Execution, deps: CheckDependencies): Promise<void> => {
  const { state: name, input, startedAt } = execution;
  const state = logsExportDefinition.States[name]!;
  if (deps.clock.now() - startedAt > logsExportDefinition.TimeoutSeconds * 1000) {
    execution.status = 'TIMED_OUT';
    return;
  }
  execution.entered.push(name);
  if (state.Type === 'Task') {
    await runTask(execution, state, () =>
      name === 'BucketCheck'
        ? checkExports(deps, parseExportTurn(asJson({ state: input, startedAt: new Date(startedAt).toISOString() })))
        : exportLogs(deps, parseExportStep(asJson(input))),
    );
    return;
  }
  execution.events += eventsOfState;
  if (state.Type === 'Succeed') {
    execution.status = 'SUCCEEDED';
    execution.events += 1;
    return;
  }
  if (state.Type === 'Wait') execution.dueAt = deps.clock.now() + Number(input['waitSeconds']) * 1000;
  const chosen = state.Choices?.find(({ StringEquals }) => input['state'] === StringEquals);
  execution.state = (state.Type === 'Choice' ? (chosen?.Next ?? state.Default) : state.Next)!;
};

const runTask = async (execution: Execution, state: State, run: () => Promise<unknown>): Promise<void> => {
  execution.events += eventsOfTask;
  const spent = new Map<unknown, number>();
  for (;;) {
    try {
      const output = asJson(await run());
      execution.input = execution.state === 'BucketCheck' ? output : { ...execution.input, export: output };
      execution.state = state.Next!;
      return;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const matches = ({ ErrorEquals }: { ErrorEquals: string[] }): boolean => ErrorEquals.includes(error.name);
      const retrier = state.Retry?.find(matches);
      spent.set(retrier, (spent.get(retrier) ?? 0) + 1);
      execution.events += eventsOfFailedTry;
      if (retrier && spent.get(retrier)! <= (retrier.MaxAttempts ?? 3)) continue;
      const catcher = state.Catch?.find(matches);
      if (catcher) {
        const Cause = JSON.stringify({ errorType: error.name, errorMessage: error.message });
        execution.input = { ...execution.input, export: { Error: error.name, Cause } };
        execution.state = catcher.Next;
      } else Object.assign(execution, { status: 'FAILED', error });
      return;
    }
  }
};

const asJson = (value: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
