import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateExportTaskCommand, DescribeExportTasksCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { startCloudProcess, type CloudProcess } from '../../support/cloud-process.ts';
import { bucket, clientsOf, logsResources, setPace } from './support.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
const states = { Rest: { Type: 'Wait', SecondsPath: '$.seconds', End: true } };
const resources = {
  ...logsResources,
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      StateMachineName: 'machine',
      DefinitionString: JSON.stringify({ StartAt: 'Rest', States: states }),
    },
  },
};

let directory: string;
const processes: CloudProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'everyfile-test-'));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ kill }) => kill()));
  await rm(directory, { recursive: true, force: true });
});

const start = async () => {
  const cloud = await startCloudProcess(directory, resources);
  processes.push(cloud);
  const config = {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
  };
  return { ...cloud, ...clientsOf({ clientConfig: () => config }), sfn: new SFNClient(config) };
};

it.each([
  ['waits', { pendingMs: 600_000, runningMs: 0 }, 'PENDING'],
  ['runs', { pendingMs: 0, runningMs: 3000 }, 'RUNNING'],
])('an export task that %s when its cloud is killed keeps its slot and goes on', async (_does, pace, status) => {
  const first = await start();
  await first.createStream('/team/orders', 'web');
  await first.put('/team/orders', 'web', [1, 'one'], [2, 'two']);
  await setPace(first.endpoint, pace);
  const input = {
    logGroupName: '/team/orders',
    from: 1,
    to: Date.now() + 1000,
    destination: bucket,
    destinationPrefix: 'p',
  };
  const { taskId } = await first.logs.send(new CreateExportTaskCommand(input));
  await first.untilTask(taskId, status);
  first.destroy();
  await first.kill();

  const cloud = await start();
  if (status === 'PENDING') {
    await expect(cloud.logs.send(new CreateExportTaskCommand(input))).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
    const { exportTasks } = await cloud.logs.send(new DescribeExportTasksCommand({ statusCode: 'PENDING' }));
    expect(exportTasks?.map((task) => task.taskId)).toEqual([taskId]);
  } else {
    await cloud.untilTask(taskId, 'COMPLETED');
    expect(await cloud.read(`p/${taskId}/web/000000.gz`)).toBe(
      '1970-01-01T00:00:00.001Z one\n1970-01-01T00:00:00.002Z two\n',
    );
  }
  cloud.destroy();
});

it('an execution is told to have been aborted when its cloud was killed, and a finished one is as it was', async () => {
  const first = await start();
  const begin = async (seconds: number) => {
    const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ seconds }) });
    return (await first.sfn.send(command)).executionArn;
  };
  const ended = await begin(0);
  const statusOf = async ({ sfn }: { sfn: SFNClient }, executionArn: string | undefined) =>
    (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
  while ((await statusOf(first, ended)) === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 5));
  const running = await begin(600_000);
  await first.kill();
  const cloud = await start();
  expect([await statusOf(cloud, ended), await statusOf(cloud, running)]).toEqual(['SUCCEEDED', 'ABORTED']);
});
