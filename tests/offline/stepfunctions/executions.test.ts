import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  DescribeStateMachineCommand,
  CreateActivityCommand,
} from '@aws-sdk/client-sfn';
import { machineArn, startMachine, type MachineCloud } from './support.ts';

const lambda = (key: string): string =>
  `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:everyfile-local-${key}`;

let cloud: MachineCloud | undefined;
afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
});

const start = async (...given: Parameters<typeof startMachine>): Promise<MachineCloud> => {
  cloud = await startMachine(...given);
  return cloud;
};

const begin = async ({ sfn }: MachineCloud, input: unknown = {}, name?: string): Promise<string> => {
  const command = new StartExecutionCommand({ stateMachineArn: machineArn, input: JSON.stringify(input), name });
  return (await sfn.send(command)).executionArn ?? '';
};

const run = async (machine: MachineCloud, input: unknown = {}) => {
  const executionArn = await begin(machine, input);
  const execution = await machine.untilEnded(executionArn);
  return { execution, events: await machine.history(executionArn) };
};

const typesOf = (events: readonly { type?: string | undefined }[]) => events.map(({ type }) => type);

const looping = {
  Check: { Type: 'Task', Resource: lambda('check'), ResultPath: '$.check', Next: 'Decide' },
  Decide: {
    Type: 'Choice',
    Choices: [{ Variable: '$.check.state', StringEquals: 'fin', Next: 'Fin' }],
    Default: 'Rest',
  },
  Rest: { Type: 'Wait', Seconds: 6, Next: 'Check' },
  Fin: { Type: 'Succeed' },
};

describe('an execution', () => {
  it('runs the deployed definition with the real handlers, and its history has the types of AWS', async () => {
    const machine = await start(looping, {
      check: `let calls = 0; exports.handler = async () => ({ state: (calls += 1) > 1 ? 'fin' : 'wait', calls });`,
    });
    const { execution, events } = await run(machine, { a: 1 });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', input: '{"a":1}' });
    expect(JSON.parse(execution.output ?? '')).toEqual({ a: 1, check: { state: 'fin', calls: 2 } });
    const called = [
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
    ];
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      ...called,
      'WaitStateEntered',
      'WaitStateExited',
      ...called,
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_event, index) => index + 1));
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual([
      0,
      0,
      ...events.slice(2).map((_e, i) => i + 2),
    ]);
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toMatchObject({
      resource: 'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-check',
      input: '{"a":1}',
    });
    expect(events[5]?.stateExitedEventDetails).toMatchObject({
      name: 'Check',
      output: '{"a":1,"check":{"state":"wait","calls":1}}',
    });
    const waited = (events[9]?.timestamp?.getTime() ?? 0) - (events[8]?.timestamp?.getTime() ?? 0);
    // Six seconds, sixty times shorter; a history's times are those at which the engine told of an event.
    expect(waited).toBeGreaterThan(50);
    expect(waited).toBeLessThan(6000);
    expect(machine.requestLog.read(0).entries).toContainEqual(
      expect.objectContaining({ service: 'lambda', operation: 'Invoke', accessKeyId: 'states' }),
    );
  });

  it('retries and catches by the names of the errors, and gives on what AWS gives on', async () => {
    const machine = await start(
      {
        Work: {
          Type: 'Task',
          Resource: lambda('work'),
          Retry: [{ ErrorEquals: ['LimitExceededException'], IntervalSeconds: 1, MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['LimitExceededException'], ResultPath: '$.caught', Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      },
      {
        work: `class LimitExceededException extends Error { constructor(m) { super(m); this.name = 'LimitExceededException'; } }
          exports.handler = async () => { throw new LimitExceededException('one at a time'); };`,
      },
    );
    const { execution, events } = await run(machine);
    const { caught } = JSON.parse(execution.output ?? '') as { caught: { Error: string; Cause: string } };
    expect(caught.Error).toBe('LimitExceededException');
    expect(JSON.parse(caught.Cause)).toMatchObject({
      errorType: 'LimitExceededException',
      errorMessage: 'one at a time',
    });
    const attempt = ['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed'];
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      ...attempt,
      ...attempt,
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with the error of its function, and with that of a Fail state', async () => {
    const machine = await start(
      { Work: { Type: 'Task', Resource: lambda('work'), End: true } },
      { work: `async () => { throw new TypeError('no'); }` },
    );
    const { execution, events } = await run(machine);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'TypeError' });
    expect(JSON.parse(execution.cause ?? '')).toMatchObject({ errorMessage: 'no' });
    expect(events.at(-1)).toMatchObject({
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error: 'TypeError' },
    });
    await machine.close();
    const failing = await start({ Stop: { Type: 'Fail', Error: 'TooLong', Cause: 'It ran too long.' } });
    const failed = await run(failing);
    expect(failed.execution).toMatchObject({ status: 'FAILED', error: 'TooLong', cause: 'It ran too long.' });
    expect(typesOf(failed.events)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
  });

  it('meets the errors of Lambda under the names that definitions retry', async () => {
    const machine = await start(
      {
        Work: {
          Type: 'Task',
          Resource: lambda('work'),
          Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, MaxAttempts: 3 }],
          End: true,
        },
      },
      { work: `async () => 'done'` },
    );
    const faults = { throttle: { lambda: { share: 1, caller: 'states', times: 2 } } };
    await fetch(`${machine.endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify(faults) });
    const { execution, events } = await run(machine);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
    expect(events.filter(({ type }) => type === 'LambdaFunctionFailed')).toHaveLength(2);
  });

  it('calls functions by lambda:invoke too, and writes it as AWS does', async () => {
    const Parameters = { FunctionName: 'everyfile-local-work', 'Payload.$': '$' };
    const machine = await start(
      {
        Work: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters,
          OutputPath: '$.Payload',
          End: true,
        },
      },
      { work: `async (event) => ({ got: event })` },
    );
    const { execution, events } = await run(machine, { n: 1 });
    expect(JSON.parse(execution.output ?? '')).toEqual({ got: { n: 1 } });
    expect(typesOf(events).slice(2, 5)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSucceeded']);
    expect(events[2]?.taskScheduledEventDetails).toMatchObject({ resourceType: 'lambda', resource: 'invoke' });
  });

  it('times out, in a task and as a whole', async () => {
    const machine = await start(
      {
        Work: {
          Type: 'Task',
          Resource: lambda('work'),
          TimeoutSeconds: 1,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Long' }],
          End: true,
        },
        Long: { Type: 'Wait', Seconds: 6000, End: true },
      },
      { work: `() => new Promise((resolve) => setTimeout(resolve, 1500))` },
      { definition: { TimeoutSeconds: 120 } },
    );
    const { execution, events } = await run(machine);
    expect(execution.status).toBe('TIMED_OUT');
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionTimedOut',
      'TaskStateExited',
      'WaitStateEntered',
      'ExecutionTimedOut',
    ]);
  });

  it('is stopped at once, and ignores what its function returns later', async () => {
    const machine = await start(
      { Work: { Type: 'Task', Resource: lambda('work'), Next: 'After' }, After: { Type: 'Pass', End: true } },
      { work: `() => new Promise((resolve) => setTimeout(resolve, 300))` },
    );
    const executionArn = await begin(machine);
    while (!typesOf(await machine.history(executionArn)).includes('LambdaFunctionStarted'));
    await machine.sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    expect(await machine.untilEnded(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'by hand',
    });
    while (Object.values(machine.runner.status()).some(({ running }) => running > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(typesOf(await machine.history(executionArn)).slice(-2)).toEqual([
      'LambdaFunctionStarted',
      'ExecutionAborted',
    ]);
  });

  it('has a name that is taken for good, but is itself while it runs with the same input', async () => {
    const machine = await start({ Rest: { Type: 'Wait', SecondsPath: '$.seconds', End: true } });
    const first = await begin(machine, { seconds: 12 }, 'one');
    expect(await begin(machine, { seconds: 12 }, 'one')).toBe(first);
    await expect(begin(machine, { seconds: 1 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await machine.untilEnded(first);
    await expect(begin(machine, { seconds: 12 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await begin(machine, { seconds: 0 }, 'two');
    const listed = await machine.sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn, maxResults: 1 }));
    expect(listed.executions?.map(({ name }) => name)).toEqual(['two']);
    const { nextToken } = listed;
    const rest = await machine.sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn, nextToken }));
    expect(rest).toMatchObject({ executions: [{ name: 'one', status: 'SUCCEEDED' }] });
  });

  it('can be read after its cloud was started again, and one that ran then is told to have been aborted', async () => {
    const states = { Rest: { Type: 'Wait', SecondsPath: '$.seconds', End: true } };
    const first = await startMachine(states);
    const { directory } = first;
    const ended = await begin(first, { seconds: 0 });
    await first.untilEnded(ended);
    const left = await begin(first, { seconds: 6000 });
    await first.closeKeeping();
    const machine = await start(states, {}, { directory });
    expect((await machine.untilEnded(ended)).status).toBe('SUCCEEDED');
    expect(await machine.untilEnded(left)).toMatchObject({ status: 'ABORTED', error: 'LocalCloud.Ended' });
    expect(typesOf(await machine.history(left)).at(-1)).toBe('ExecutionAborted');
  });
});

describe('the local Step Functions', () => {
  it('reads a history backwards', async () => {
    const machine = await start({ Fin: { Type: 'Succeed' } });
    const executionArn = await begin(machine);
    await machine.untilEnded(executionArn);
    const command = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 2 });
    const { events = [], nextToken } = await machine.sfn.send(command);
    expect(typesOf(events)).toEqual(['ExecutionSucceeded', 'SucceedStateExited']);
    const rest = await machine.sfn.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, nextToken }),
    );
    expect(typesOf(rest.events ?? [])).toEqual(['SucceedStateEntered', 'ExecutionStarted']);
  });

  it('tells the state machines of the template', async () => {
    const machine = await start({ Fin: { Type: 'Succeed' } });
    const { stateMachines } = await machine.sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines).toMatchObject([{ stateMachineArn: machineArn, name: 'machine', type: 'STANDARD' }]);
    const described = await machine.sfn.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }));
    expect(JSON.parse(described.definition ?? '')).toEqual({ StartAt: 'Fin', States: { Fin: { Type: 'Succeed' } } });
  });

  it('refuses by name what it cannot run, and operations that it does not have', async () => {
    const machine = await start({ All: { Type: 'Map', ItemProcessor: {}, End: true } });
    expect(machine.lines).toContainEqual(expect.stringMatching(/machine cannot run .*All: states of type Map/));
    await expect(begin(machine)).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    await expect(machine.sfn.send(new CreateActivityCommand({ name: 'a' }))).rejects.toThrow(/states:CreateActivity/);
    const missing = new StartExecutionCommand({ stateMachineArn: `${machineArn}-not`, input: '{}' });
    await expect(machine.sfn.send(missing)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });
});
