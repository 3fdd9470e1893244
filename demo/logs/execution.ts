import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { setTimeout } from 'node:timers/promises';
import { logsNames } from './clients.ts';

/** A state as it is entered. */
export type EnteredState = Readonly<{ name: string; at: number; input: Readonly<Record<string, unknown>> }>;

/** An execution that has ended. */
export type EndedExecution = Readonly<{
  status: string;
  /** Its output if it succeeded, else what went wrong. */
  said: string;
  states: readonly string[];
  /** How many events its history has; AWS ends an execution at 25,000. */
  historyEvents: number;
  seconds: number;
}>;

const lookMs = 100;

/** Starts the logs export as a person would. Answers with the execution's ARN. */
export const startExport = async (states: SFNClient): Promise<string> => {
  const command = new StartExecutionCommand({ stateMachineArn: logsNames.machineArn, input: '{}' });
  return (await states.send(command)).executionArn ?? '';
};

/** Follows an execution to its end, and tells of each state as it is entered. */
export const followExecution = async (
  states: SFNClient,
  executionArn: string,
  onState: (state: EnteredState) => void = () => undefined,
  signal?: AbortSignal,
): Promise<EndedExecution> => {
  const entered: EnteredState[] = [];
  for (;;) {
    signal?.throwIfAborted();
    // Asked before the history is read: what has ended by then is in it.
    const execution = await states.send(new DescribeExecutionCommand({ executionArn }));
    const events = await historyOf(states, executionArn);
    for (const state of events.flatMap(enteredState).slice(entered.length)) {
      entered.push(state);
      onState(state);
    }
    if (execution.status !== 'RUNNING') return endOf(execution, entered, events.length);
    await setTimeout(lookMs);
  }
};

/** The events of an execution. */
const historyOf = async (states: SFNClient, executionArn: string): Promise<readonly HistoryEvent[]> => {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client: states }, { executionArn, maxResults: 1000 })) {
    events.push(...(page.events ?? []));
  }
  return events;
};

const enteredState = ({ stateEnteredEventDetails: details, timestamp }: HistoryEvent): readonly EnteredState[] => {
  if (!details) return [];
  const input = JSON.parse(details.input ?? '{}') as EnteredState['input'];
  return [{ name: details.name ?? '', at: timestamp?.getTime() ?? 0, input }];
};

const endOf = (
  { status, output, error, cause, startDate, stopDate }: DescribeExecutionCommandOutput,
  entered: readonly EnteredState[],
  historyEvents: number,
): EndedExecution => ({
  status: status ?? 'unknown',
  said: output ?? `${error ?? ''} ${cause ?? ''}`.trim(),
  states: entered.map(({ name }) => name),
  historyEvents,
  seconds: ((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)) / 1000,
});
