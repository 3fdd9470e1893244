import {
  CancelExportTaskCommand,
  CreateExportTaskCommand,
  DeleteLogGroupCommand,
  DescribeExportTasksCommand,
  type CreateExportTaskCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { DeleteBucketCommand, DeleteBucketPolicyCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { bucket, clientsOf, logsResources, setPace } from './support.ts';

const group = '/team/orders';
const from = Date.UTC(2024, 1, 1);
const to = Date.UTC(2024, 2, 1) - 1;
let cloud: TestCloud;
let client: ReturnType<typeof clientsOf>;

beforeEach(async () => {
  cloud = await startTestCloud({ resources: logsResources });
  client = clientsOf(cloud);
  await setPace(cloud.endpoint, { pendingMs: 20, runningMs: 20 });
  await client.createStream(group, 'a/b');
});
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

/** A task that may be created for a group made just now, unless told otherwise. */
const create = async (overrides: Partial<CreateExportTaskCommandInput> = {}): Promise<string> => {
  const place = { destination: bucket, destinationPrefix: 'x/2024-02' };
  const input = { logGroupName: group, from, to: Date.now() + 1000, ...place, ...overrides };
  return (await client.logs.send(new CreateExportTaskCommand(input))).taskId ?? '';
};

describe('an export task', () => {
  it('writes every event of its time once, both ends included, in the layout of AWS', async () => {
    await client.put(group, 'a/b', [from - 1, 'before'], [from, 'first'], [from + 1, 'two\nlines']);
    await client.put(group, 'a/b', [to, 'last ü'], [to + 1, 'after']);
    await client.createStream(group, 'empty');
    const taskId = await create({ taskName: 'orders-2024-02', to });
    const task = await client.untilTask(taskId, 'COMPLETED');
    expect(task).toMatchObject({
      taskName: 'orders-2024-02',
      ...{ logGroupName: group, from, to, destination: bucket, destinationPrefix: 'x/2024-02' },
      status: { code: 'COMPLETED', message: 'Completed successfully' },
    });
    expect(task?.executionInfo?.completionTime).toBeGreaterThan(task?.executionInfo?.creationTime ?? Infinity);
    const keys = [`x/2024-02/${taskId}/a-b/000000.gz`, 'x/2024-02/aws-logs-write-test'];
    expect(await client.keys()).toEqual(keys.sort());
    expect(await client.read('x/2024-02/aws-logs-write-test')).toBe('Permission Check Successful');
    expect(await client.read(`x/2024-02/${taskId}/a-b/000000.gz`)).toBe(
      '2024-02-01T00:00:00.000Z first\n2024-02-01T00:00:00.001Z two\nlines\n2024-02-29T23:59:59.999Z last ü\n',
    );
  });

  it('is pending, then running, and holds the one slot of the account', async () => {
    const refused = { name: 'LimitExceededException', message: 'Resource limit exceeded.' };
    const hour = 3_600_000;
    for (const [pace, status] of [
      [{ pendingMs: hour }, 'PENDING'],
      [{ pendingMs: 0, runningMs: hour }, 'RUNNING'],
    ] as const) {
      await setPace(cloud.endpoint, { timeoutMs: 24 * hour, ...pace });
      const taskId = await create();
      await client.untilTask(taskId, status);
      await expect(create()).rejects.toMatchObject(refused);
      await client.logs.send(new CancelExportTaskCommand({ taskId }));
      await client.untilTask(taskId, 'CANCELLED');
    }
    await setPace(cloud.endpoint, { pendingMs: 0, runningMs: 0 });
    await client.untilTask(await create(), 'COMPLETED');
  });

  it('lets one of many that are created at once have the slot', async () => {
    await setPace(cloud.endpoint, { pendingMs: 3_600_000 });
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => create()));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('needs a bucket that is there and lets it write', async () => {
    await expect(create({ destination: 'not-there' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/bucket does not exist/),
    });
    await client.s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    await expect(create()).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/^GetBucketAcl call on the given bucket failed/),
    });
    expect(await client.keys()).toEqual([]);
  });

  it('is not taken for a time that ended before the group was created; a group is as old as its oldest events', async () => {
    await expect(create({ to })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The log group was created after the end time of the export.',
    });
    await client.put(group, 'a/b', [from, 'one']);
    expect(await create({ to })).not.toBe('');
  });

  it('fails when its bucket goes while it waits', async () => {
    await setPace(cloud.endpoint, { pendingMs: 1500 });
    await client.put(group, 'a/b', [from, 'one']);
    const taskId = await create();
    await client.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'x/2024-02/aws-logs-write-test' }));
    await client.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    expect(await client.untilTask(taskId, 'FAILED', 'COMPLETED')).toMatchObject({
      status: { code: 'FAILED', message: `The bucket ${bucket} does not exist.` },
    });
  });

  it('fails when it runs too long, and is cancelled by its caller', async () => {
    await setPace(cloud.endpoint, { runningMs: 60_000, timeoutMs: 50 });
    expect((await client.untilTask(await create(), 'FAILED', 'COMPLETED'))?.status?.code).toBe('FAILED');
    await setPace(cloud.endpoint, { pendingMs: 60_000, timeoutMs: 600_000 });
    const taskId = await create();
    await client.logs.send(new CancelExportTaskCommand({ taskId }));
    await client.untilTask(taskId, 'CANCELLED');
    await expect(client.logs.send(new CancelExportTaskCommand({ taskId }))).rejects.toMatchObject({
      name: 'InvalidOperationException',
    });
  });

  it('has nothing to write of a group that is gone or empty', async () => {
    await client.untilTask(await create({ from: 0 }), 'COMPLETED');
    await setPace(cloud.endpoint, { pendingMs: 1500 });
    await client.put(group, 'a/b', [from, 'one']);
    const taskId = await create();
    await client.logs.send(new DeleteLogGroupCommand({ logGroupName: group }));
    await client.untilTask(taskId, 'COMPLETED');
    expect(await client.keys()).toEqual(['x/2024-02/aws-logs-write-test']);
    await expect(create()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is listed by status and by pages', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      ids.unshift(await create());
      await client.untilTask(ids[0], 'COMPLETED');
    }
    const list = (input: { statusCode?: 'COMPLETED' | 'RUNNING'; limit?: number; nextToken?: string | undefined }) =>
      client.logs.send(new DescribeExportTasksCommand(input));
    const { exportTasks: first, nextToken } = await list({ statusCode: 'COMPLETED', limit: 2 });
    const { exportTasks: rest } = await list({ statusCode: 'COMPLETED', nextToken });
    expect([...(first ?? []), ...(rest ?? [])].map(({ taskId }) => taskId)).toEqual(ids);
    expect((await list({ statusCode: 'RUNNING' })).exportTasks).toEqual([]);
    await expect(client.logs.send(new DescribeExportTasksCommand({ taskId: 'no' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('writes a large stream in several files, each event once', async () => {
    const message = 'x'.repeat(200_000);
    for (let batch = 0; batch < 20; batch += 1) {
      await client.put(
        group,
        'a/b',
        ...Array.from({ length: 5 }, (_e, n): [number, string] => [from + batch, `${batch}-${n} ${message}`]),
      );
    }
    const taskId = await create();
    await client.untilTask(taskId, 'COMPLETED');
    const files = (await client.keys()).filter((key) => key.endsWith('.gz'));
    expect(files).toEqual([0, 1, 2].map((n) => `x/2024-02/${taskId}/a-b/00000${n}.gz`));
    const lines = (await Promise.all(files.map((file) => client.read(file)))).join('').trimEnd().split('\n');
    expect(lines.map((line) => line.slice(25, 29).trim())).toEqual(
      Array.from({ length: 100 }, (_e, n) => `${Math.floor(n / 5)}-${n % 5}`),
    );
  });
});
