import {
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
  type CloudWatchLogsClient,
  type ExportTask as ListedTask,
  type LogGroup as ListedGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ExportRefusedError,
  LimitExceededException,
  RangeRefusedError,
  ServiceUnavailableError,
} from '../domain/errors.ts';
import type { ExportTask, LogGroup } from '../domain/export-task.ts';
import type { LogExports } from '../ports/log-exports.ts';
import { callAws, translateError } from './aws-errors.ts';

/**
 * Export tasks of CloudWatch Logs. The API counts `to` in; this port does not, so a range of ours and the next one share
 * no millisecond.
 *
 * @param unrepeated a client that sends each call once
 */
export const createCloudWatchLogExports = (
  client: CloudWatchLogsClient,
  unrepeated: CloudWatchLogsClient,
  { bucket }: Readonly<{ bucket: string }>,
): LogExports => ({
  async listGroups(names) {
    const groups = new Map<string, LogGroup>();
    for (const name of names) {
      for (const group of await listGroups(client, name)) groups.set(group.name, group);
    }
    return [...groups.values()];
  },

  async listTasks() {
    const tasks: ExportTask[] = [];
    let nextToken: string | undefined;
    do {
      const command = new DescribeExportTasksCommand({ limit: 50, nextToken });
      const page = await callAws('DescribeExportTasks', () => client.send(command));
      tasks.push(...(page.exportTasks ?? []).map(taskFrom));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return tasks;
  },

  async create({ name, group, from, to, prefix }) {
    const command = new CreateExportTaskCommand({
      taskName: name,
      logGroupName: group,
      from,
      to: to - 1,
      destination: bucket,
      destinationPrefix: prefix,
    });
    try {
      const { taskId } = await unrepeated.send(command);
      return taskId;
    } catch (error) {
      if (Error.isError(error) && error.name === 'ResourceNotFoundException') return undefined;
      throw createError(error, `CreateExportTask ${name} of ${group} to ${bucket}`);
    }
  },
});

/** A `*` at the end of a name stands for any ending. */
const listGroups = async (client: CloudWatchLogsClient, name: string): Promise<readonly LogGroup[]> => {
  const isPrefix = name.endsWith('*');
  const beginning = isPrefix ? name.slice(0, -1) : name;
  const groups: LogGroup[] = [];
  let nextToken: string | undefined;
  do {
    const command = new DescribeLogGroupsCommand({
      ...(beginning !== '' && { logGroupNamePrefix: beginning }),
      nextToken,
    });
    const page = await callAws(`DescribeLogGroups of ${name}`, () => client.send(command));
    groups.push(...(page.logGroups ?? []).map(groupFrom));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return isPrefix ? groups : groups.filter((group) => group.name === name);
};

const groupFrom = ({ logGroupName = '', creationTime = 0, retentionInDays }: ListedGroup): LogGroup => ({
  name: logGroupName,
  createdAt: creationTime,
  ...(retentionInDays !== undefined && { retentionDays: retentionInDays }),
});

const taskFrom = (task: ListedTask): ExportTask => ({
  taskId: task.taskId ?? '',
  name: task.taskName ?? '',
  group: task.logGroupName ?? '',
  from: task.from ?? 0,
  to: (task.to ?? 0) + 1,
  bucket: task.destination ?? '',
  prefix: task.destinationPrefix ?? '',
  status: task.status?.code ?? 'PENDING',
  message: task.status?.message ?? '',
  createdAt: task.executionInfo?.creationTime ?? 0,
  ...(task.executionInfo?.completionTime !== undefined && { completedAt: task.executionInfo.completionTime }),
});

const createError = (error: unknown, call: string): unknown => {
  if (!Error.isError(error)) return error;
  if (error.name === 'LimitExceededException') {
    return new LimitExceededException(`${call}: another export task has the account's one slot`, { cause: error });
  }
  // Another execution's create came at the same moment. Looking again finds its task.
  if (error.name === 'OperationAbortedException' || error.name === 'ResourceAlreadyExistsException') {
    return new ServiceUnavailableError(`${call} met another one (${error.name})`, { cause: error });
  }
  if (error.name === 'InvalidParameterException' && !/bucket/i.test(error.message)) {
    return new RangeRefusedError(`${call} was refused: ${error.message}`, { cause: error });
  }
  if (error.name === 'InvalidParameterException') {
    return new ExportRefusedError(
      `${call} was refused: ${error.message} Deploy the stack again: it makes the bucket and its policy (resources/logs.yml)`,
      { cause: error },
    );
  }
  return translateError(error, call);
};
