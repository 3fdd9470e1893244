import { join } from 'node:path';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { logsResources, setPace } from '../logs/support.ts';
import { findPython } from '../../support/find-tools.ts';
import { runPython } from '../../support/run-python.ts';

const python = findPython();
const script = join(import.meta.dirname, 'boto3_logs.py');
const definition = {
  StartAt: 'Rest',
  States: {
    Rest: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Decide' },
    Decide: {
      Type: 'Choice',
      Choices: [{ Variable: '$.seconds', NumericEquals: 6, Next: 'Fin' }],
      Default: 'Rest',
    },
    Fin: { Type: 'Succeed' },
  },
};
let cloud: TestCloud;

const withPython = python === undefined ? describe.skip : describe;

if (python === undefined) {
  process.stderr.write(
    'boto3 is not installed: its tests of logs and state machines are skipped (EVERYFILE_PYTHON).\n',
  );
}

/** Runs one case of the script. */
const run = (name: string): Promise<unknown> => runPython(python ?? '', cloud.endpoint, script, name);

withPython('boto3', () => {
  beforeAll(async () => {
    const Properties = { StateMachineName: 'machine', DefinitionString: JSON.stringify(definition) };
    const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties };
    cloud = await startTestCloud({ resources: { ...logsResources, Machine } });
    await setPace(cloud.endpoint, { pendingMs: 1000 });
  });
  afterAll(() => cloud.close());

  it('starts an execution and reads its history', async () => {
    expect(await run('execution')).toEqual({
      arn: 'arn:aws:states:us-east-1:000000000000:execution:machine:one',
      same: true,
      status: 'SUCCEEDED',
      output: { seconds: 6 },
      inOrder: true,
      types: [
        'ExecutionStarted',
        ...['WaitStateEntered', 'WaitStateExited', 'ChoiceStateEntered', 'ChoiceStateExited'],
        ...['SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
      ],
      entered: ['Rest', 'Decide', 'Fin'],
      taken: 'ExecutionAlreadyExists',
      missing: 'ExecutionDoesNotExist',
      listed: ['one'],
    });
  });

  it('exports a leap February and reads the bucket back', async () => {
    expect(await run('export')).toEqual({
      busy: 'LimitExceededException',
      status: 'COMPLETED',
      keys: ['2024-02/<task>/a-b/000000.gz', '2024-02/aws-logs-write-test'],
      lines: ['2024-02-01T00:00:00.000Z first\n2024-02-29T23:59:59.999Z last ü\n'],
      test: 'Permission Check Successful',
      noBucket: 'InvalidParameterException',
      cancel: 'InvalidOperationException',
      filtered: ['first', 'last ü'],
    });
  });
});
