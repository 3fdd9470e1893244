import { randomUUID } from 'node:crypto';
import type { Fields } from '../../endpoint/json-input.ts';
import { ServiceError, type JsonOperation } from '../../endpoint/json-service.ts';
import { groupOf, type Context } from '../context.ts';
import { fields, invalidParameter, taskNotFound } from '../errors.ts';
import { isAllowed, requestKeys } from '../exports/bucket-policy.ts';
import { NoBucketError, type Destinations } from '../exports/destination.ts';
import type { ExportTasks } from '../exports/export-tasks.ts';
import type { ExportPace } from '../exports/pace.ts';
import { readToken, writeToken } from '../page-token.ts';
import { activeStatuses, type ExportTask, type TaskStatus } from '../store/tasks.ts';

/** What the operations on export tasks work with. */
export type ExportContext = Context &
  Readonly<{ destinations: Destinations; exportTasks: ExportTasks; pace: ExportPace }>;

const statuses = ['CANCELLED', 'COMPLETED', 'FAILED', 'PENDING', 'PENDING_CANCEL', 'RUNNING'] as const;
const testObject = Buffer.from('Permission Check Successful');

const refusedBy = (call: string): ServiceError =>
  invalidParameter(
    `${call} call on the given bucket failed. ` +
      'Please check if CloudWatch Logs has been granted permission to perform this operation.',
  );

/** What CloudWatch Logs tries before it takes a task: to look at the bucket, and to write a test object. */
const checkDestination = async ({ destinations }: ExportContext, groupName: string, bucket: string, prefix: string) => {
  const key = `${prefix}/aws-logs-write-test`;
  const keys = requestKeys(groupName);
  try {
    const policy = await destinations.policy(bucket);
    const resource = `arn:aws:s3:::${bucket}`;
    if (!isAllowed(policy, { action: 's3:GetBucketAcl', resource, keys })) throw refusedBy('GetBucketAcl');
    if (!isAllowed(policy, { action: 's3:PutObject', resource: `${resource}/${key}`, keys })) {
      throw refusedBy('PutObject');
    }
    await destinations.put(bucket, key, testObject);
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (!(error instanceof NoBucketError)) {
      throw new ServiceError('ServiceUnavailableException', `The bucket ${bucket} could not be reached.`, 503);
    }
    throw invalidParameter('The given bucket does not exist. Please make sure the bucket is valid.');
  }
};

/** One task per account and Region. */
const checkSlot = ({ store }: Context): void => {
  if (store.tasks.active()) throw new ServiceError('LimitExceededException', 'Resource limit exceeded.');
};

const createExportTask = async (context: ExportContext, input: Fields): Promise<unknown> => {
  const { store, now, exportTasks, pace } = context;
  const [fromMs, toMs] = [fields.number(input, 'from'), fields.number(input, 'to')];
  const bucket = fields.text(input, 'destination');
  const prefix = fields.optionalText(input, 'destinationPrefix') ?? 'exportedlogs';
  const name = fields.optionalText(input, 'taskName');
  const streamPrefix = fields.optionalText(input, 'logStreamNamePrefix');
  const group = groupOf(context, input);
  if (fromMs > toMs) throw invalidParameter('The start time of an export must not be after its end time.');
  if (toMs < group.createdMs) throw invalidParameter('The log group was created after the end time of the export.');
  checkSlot(context);
  await checkDestination(context, group.name, bucket, prefix);
  // Another one may have taken the slot meanwhile.
  checkSlot(context);
  const createdMs = now().getTime();
  const { pendingMs, runningMs, timeoutMs } = pace.show();
  const task: ExportTask = {
    id: randomUUID(),
    ...(name === undefined ? {} : { name }),
    ...(streamPrefix === undefined ? {} : { streamPrefix }),
    ...{ groupName: group.name, fromMs, toMs, bucket, prefix, createdMs },
    ...{ status: 'PENDING', message: 'Waiting to be started' },
    runsAtMs: Math.round(createdMs + pendingMs),
    endsAtMs: Math.round(createdMs + pendingMs + runningMs),
    timesOutAtMs: Math.round(createdMs + pendingMs + timeoutMs),
  };
  store.tasks.insert(task);
  exportTasks.advance();
  return { taskId: task.id };
};

const describe = (task: ExportTask) => ({
  taskId: task.id,
  ...(task.name === undefined ? {} : { taskName: task.name }),
  logGroupName: task.groupName,
  from: task.fromMs,
  to: task.toMs,
  destination: task.bucket,
  destinationPrefix: task.prefix,
  status: { code: task.status, message: task.message },
  executionInfo: {
    creationTime: task.createdMs,
    ...(task.completedMs === undefined ? {} : { completionTime: task.completedMs }),
  },
});

const describeExportTasks = ({ store }: Context, input: Fields): unknown => {
  const taskId = fields.optionalText(input, 'taskId');
  const status = fields.optionalText(input, 'statusCode') as TaskStatus | undefined;
  const limit = fields.optionalNumber(input, 'limit', { min: 1, max: 50 }) ?? 50;
  if (status !== undefined && !statuses.includes(status)) {
    throw invalidParameter(
      `1 validation error detected: Value '${status}' at 'statusCode' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${statuses.join(', ')}]`,
    );
  }
  if (taskId !== undefined) {
    const task = store.tasks.find(taskId);
    if (task === undefined) throw taskNotFound();
    return { exportTasks: [describe(task)] };
  }
  const before = Number(readToken(fields.optionalText(input, 'nextToken')) ?? Number.MAX_SAFE_INTEGER);
  const found = store.tasks.list({ ...(status === undefined ? {} : { status }), before, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    exportTasks: page.map(describe),
    ...(found.length > limit ? { nextToken: writeToken(page.at(-1)?.number) } : {}),
  };
};

const cancelExportTask = ({ store, exportTasks }: ExportContext, input: Fields): void => {
  const task = store.tasks.find(fields.text(input, 'taskId'));
  if (task === undefined) throw taskNotFound();
  if (!activeStatuses.has(task.status)) {
    throw new ServiceError('InvalidOperationException', 'The specified export task has already finished');
  }
  exportTasks.cancel(task);
};

/** The operations on export tasks. */
export const exportOperations = (context: ExportContext): Readonly<Record<string, JsonOperation>> => ({
  CreateExportTask: (input) => createExportTask(context, input),
  DescribeExportTasks: (input) => describeExportTasks(context, input),
  CancelExportTask: (input) => cancelExportTask(context, input),
});
