import { createRequire } from 'node:module';
import { resolverOf } from '../../../offline/framework/functions.ts';
import { localServiceOf } from '../../../offline/framework/local-service.ts';
import { stateMachineSchedules } from '../../../offline/framework/state-machines.ts';
import { makeServerless } from './framework.ts';

/** The published plugin itself: what it compiles is what AWS gets. */
const StepFunctions = createRequire(import.meta.url)('serverless-step-functions') as new (
  serverless: object,
  options: object,
  api: object,
) => object;

const definition = {
  StartAt: 'Check',
  States: {
    Check: { Type: 'Task', Resource: { 'Fn::GetAtt': ['processor', 'Arn'] }, Next: 'Notify' },
    Notify: { Type: 'Pass', Result: { 'Fn::Sub': '${WorkQueue}' }, End: true },
  },
};

const makeService = (events: unknown[] = []) => {
  const base = makeServerless();
  const naming = {
    getNormalizedFunctionName: (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', 'Dash'),
    getLambdaLogicalId: (key: string) => `${key.charAt(0).toUpperCase()}${key.slice(1)}LambdaFunction`,
  };
  const provider = { ...base.getProvider('aws'), naming };
  const logsExport = { name: 'everyfile-local-logs-export', definition: structuredClone(definition), events };
  const plugins: object[] = [];
  const serverless = {
    ...base,
    getProvider: () => provider,
    configurationInput: { params: {}, stepFunctions: { stateMachines: { logsExport } } },
    pluginManager: { plugins },
  };
  plugins.push(new StepFunctions(serverless, {}, { log: { error: () => undefined } }));
  return serverless;
};

it('a state machine is in the template as serverless-step-functions deploys it, its intrinsics resolved', () => {
  const serverless = makeService();
  const found = Object.entries(localServiceOf(serverless).resources).find(([, { Type }]) =>
    Type.includes('StateMachine'),
  );
  const properties = resolverOf(localServiceOf(serverless), 'http://localhost:4567')(found?.[1].Properties) as Record<
    string,
    string
  >;
  expect(properties['StateMachineName']).toBe('everyfile-local-logs-export');
  expect(properties['RoleArn']).toMatch(/^arn:aws:iam::000000000000:role\//);
  expect(JSON.parse(properties['DefinitionString'] ?? '')).toEqual({
    StartAt: 'Check',
    States: {
      Check: {
        Type: 'Task',
        Resource: 'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-processor',
        Next: 'Notify',
      },
      Notify: { Type: 'Pass', Result: 'http://localhost:4567/000000000000/everyfile-local-work', End: true },
    },
  });
});

it('compiling it leaves the configuration as it was, for whoever packages it later', () => {
  const serverless = makeService();
  localServiceOf(serverless);
  expect(serverless.configurationInput.stepFunctions.stateMachines.logsExport.definition).toEqual(definition);
  expect(serverless.service.provider.compiledCloudFormationTemplate).toBeUndefined();
});

it('the schedules of a state machine start executions of it', () => {
  const input = { months: 3 };
  const serverless = makeService([
    { schedule: { rate: 'rate(10 minutes)', input } },
    { schedule: 'cron(0 6 2 * ? *)' },
  ]);
  const schedules = stateMachineSchedules(localServiceOf(serverless));
  const target = 'arn:aws:states:us-east-1:000000000000:stateMachine:everyfile-local-logs-export';
  expect(schedules).toMatchObject([{ functionKey: target, input: JSON.stringify(input) }, { functionKey: target }]);
  expect(schedules[1]?.next(Date.UTC(2026, 10, 3))).toBe(Date.UTC(2026, 11, 2, 6));
});

it('a state machine without a name is asked for one when it has a schedule', () => {
  const serverless = makeService([{ schedule: 'rate(1 day)' }]);
  Object.assign(serverless.configurationInput.stepFunctions.stateMachines.logsExport, { name: undefined });
  expect(() => stateMachineSchedules(localServiceOf(serverless))).toThrow(/logsExport needs a name/);
});

it('without state machines there are none', () => {
  const serverless = { ...makeService(), configurationInput: { params: {} } };
  expect(Object.keys(localServiceOf(serverless).resources)).toEqual(['WorkQueue']);
  expect(stateMachineSchedules(localServiceOf(serverless))).toEqual([]);
});
