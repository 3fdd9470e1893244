import type { Fields } from '../endpoint/json-input.ts';
import { ServiceError, type JsonOperation } from '../endpoint/json-service.ts';
import { executionNotFound, fields, machineNotFound } from './errors.ts';
import type { Executions } from './executions.ts';
import type { Machine } from './machines.ts';
import type { Execution, ExecutionStatus, ExecutionStore, HistoryEvent } from './store.ts';

/** What the operations work with. */
export type Context = Readonly<{
  store: ExecutionStore;
  machines: ReadonlyMap<string, Machine>;
  executions: Executions;
}>;

/** AWS's JSON carries times in seconds. */
const seconds = (ms: number): number => ms / 1000;

const machineOf = ({ machines }: Context, input: Fields): Machine => {
  const arn = fields.text(input, 'stateMachineArn');
  const machine = machines.get(arn);
  if (machine === undefined) throw machineNotFound(arn);
  return machine;
};

const executionOf = ({ store }: Context, input: Fields): Execution => {
  const arn = fields.text(input, 'executionArn');
  const execution = store.find(arn);
  if (execution === undefined) throw executionNotFound(arn);
  return execution;
};

const summaryOf = (execution: Execution) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machineArn,
  name: execution.name,
  status: execution.status,
  startDate: seconds(execution.startedMs),
  ...(execution.stoppedMs === undefined ? {} : { stopDate: seconds(execution.stoppedMs) }),
  redriveCount: 0,
});

const describeExecution = (context: Context, input: Fields): unknown => {
  const execution = executionOf(context, input);
  const { output, error, cause } = execution;
  return {
    ...summaryOf(execution),
    input: execution.input,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'The local cloud redrives nothing.',
  };
};

const describeEvent = ({ id, type, timestampMs, details }: HistoryEvent) => ({
  timestamp: seconds(timestampMs),
  type,
  id,
  // The first state follows no event of another state.
  previousEventId: id <= 2 ? 0 : id - 1,
  ...details,
});

/** 0 is no limit of the caller's. */
const limitOf = (input: Fields): number => fields.optionalNumber(input, 'maxResults', { max: 1000 }) || 100;

const tokenOf = (input: Fields): number | undefined => {
  const token = fields.optionalText(input, 'nextToken');
  if (token === undefined) return undefined;
  if (/^\d+$/.test(token)) return Number(token);
  throw new ServiceError('InvalidToken', `Invalid Token: '${token}'`);
};

const getExecutionHistory = (context: Context, input: Fields): unknown => {
  const reverse = fields.flag(input, 'reverseOrder');
  const limit = limitOf(input);
  const after = tokenOf(input) ?? (reverse ? Number.MAX_SAFE_INTEGER : 0);
  const found = context.store.history(executionOf(context, input).number, { after, reverse, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    events: page.map(describeEvent),
    ...(found.length > limit ? { nextToken: String(page.at(-1)?.id) } : {}),
  };
};

const listExecutions = (context: Context, input: Fields): unknown => {
  const { arn: machineArn } = machineOf(context, input);
  const status = fields.optionalText(input, 'statusFilter') as ExecutionStatus | undefined;
  const limit = limitOf(input);
  const before = tokenOf(input) ?? Number.MAX_SAFE_INTEGER;
  const narrowed = status === undefined ? {} : { status };
  const found = context.store.list({ machineArn, ...narrowed, before, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    executions: page.map(summaryOf),
    ...(found.length > limit ? { nextToken: String(page.at(-1)?.number) } : {}),
  };
};

const machineSummary = (machine: Machine) => ({
  stateMachineArn: machine.arn,
  name: machine.name,
  type: 'STANDARD',
  creationDate: seconds(machine.createdMs),
});

const describeStateMachine = (context: Context, input: Fields): unknown => {
  const machine = machineOf(context, input);
  return {
    ...machineSummary(machine),
    status: 'ACTIVE',
    definition: machine.text,
    roleArn: machine.roleArn,
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };
};

const startExecution = (context: Context, input: Fields): unknown => {
  const machine = machineOf(context, input);
  const name = fields.optionalText(input, 'name');
  if (name !== undefined && !/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  }
  const { arn, startedMs } = context.executions.start(machine, {
    input: fields.optionalText(input, 'input') ?? '{}',
    ...(name === undefined ? {} : { name }),
  });
  return { executionArn: arn, startDate: seconds(startedMs) };
};

const stopExecution = (context: Context, input: Fields): unknown => {
  const execution = executionOf(context, input);
  const stopped = context.executions.stop(execution, {
    error: fields.optionalText(input, 'error'),
    cause: fields.optionalText(input, 'cause'),
  });
  return { stopDate: seconds(stopped.stoppedMs ?? 0) };
};

/** The operations of Step Functions that the local cloud has. */
export const stepFunctionsOperations = (context: Context): Readonly<Record<string, JsonOperation>> => ({
  StartExecution: (input) => startExecution(context, input),
  StopExecution: (input) => stopExecution(context, input),
  DescribeExecution: (input) => describeExecution(context, input),
  GetExecutionHistory: (input) => getExecutionHistory(context, input),
  ListExecutions: (input) => listExecutions(context, input),
  ListStateMachines: () => ({ stateMachines: [...context.machines.values()].map(machineSummary) }),
  DescribeStateMachine: (input) => describeStateMachine(context, input),
});
