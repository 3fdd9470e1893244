import { CreateExportTaskCommand, DescribeExportTasksCommand } from '@aws-sdk/client-cloudwatch-logs';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { bucket, clientsOf, logsResources, setPace } from './support.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
const Machine = {
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    StateMachineName: 'machine',
    DefinitionString: JSON.stringify({ StartAt: 'Fin', States: { Fin: { Type: 'Succeed' } } }),
  },
};
let cloud: TestCloud;
let client: ReturnType<typeof clientsOf>;

const makeFaults = (faults: object) =>
  fetch(`${cloud.endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify(faults) });

beforeEach(async () => {
  cloud = await startTestCloud({ resources: { ...logsResources, Machine } });
  client = clientsOf(cloud);
  await client.createStream('/team/orders', 'web');
});
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

const create = () =>
  client.logs.send(
    new CreateExportTaskCommand({
      logGroupName: '/team/orders',
      from: 0,
      to: Date.now(),
      destination: bucket,
      taskName: 'one',
    }),
  );

it('a task whose response was lost is there all the same, to be found by its name', async () => {
  await setPace(cloud.endpoint, { pendingMs: 3_600_000 });
  await makeFaults({ loseResponse: { operation: 'CreateExportTask', times: 1 } });
  await expect(create()).rejects.toThrow();
  const { exportTasks } = await client.logs.send(new DescribeExportTasksCommand({}));
  expect(exportTasks).toMatchObject([{ taskName: 'one', status: { code: 'PENDING' } }]);
  await expect(create()).rejects.toMatchObject({ name: 'LimitExceededException' });
});

it('both services are throttled as AWS throttles them, and nothing has happened then', async () => {
  await makeFaults({ throttle: { logs: { share: 1, times: 1 }, states: { share: 1, times: 1 } } });
  await expect(create()).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect((await client.logs.send(new DescribeExportTasksCommand({}))).exportTasks).toEqual([]);
  const sfn = new SFNClient({ ...cloud.clientConfig(), maxAttempts: 1 });
  const start = () => sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'one' }));
  await expect(start()).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect((await start()).executionArn).toMatch(/:execution:machine:one$/);
  sfn.destroy();
});

it('what an export asks of S3 meets the faults of S3: a bucket out of reach is no bad parameter', async () => {
  await makeFaults({ throttle: { s3: { share: 1, caller: 'logs' } } });
  await expect(create()).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
  await makeFaults({ throttle: null });
  await client.untilTask((await create()).taskId, 'COMPLETED');
});

it('every call stands in the request log with what it was done to', async () => {
  await create();
  const sfn = new SFNClient(cloud.clientConfig());
  await sfn.send(new StartExecutionCommand({ stateMachineArn }));
  sfn.destroy();
  const seen = cloud.requestLog.read(0).entries.map(({ accessKeyId, service, operation, resource }) => {
    return `${accessKeyId} ${service}:${operation} ${resource}`;
  });
  expect(seen).toEqual(
    expect.arrayContaining([
      'test logs:CreateExportTask /team/orders',
      'test states:StartExecution machine',
      `logs s3:GetBucketPolicy ${bucket}`,
      `logs s3:PutObject ${bucket}/exportedlogs/aws-logs-write-test`,
    ]),
  );
});
