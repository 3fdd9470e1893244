import type { RefusedMonth } from '../domain/export-state.ts';
import type { ExportManifest } from '../domain/export-manifest.ts';
import type { ExportTarget, GroupMonth, Plan } from '../domain/export-plan.ts';
import { hasTimedOut, type ExportTask } from '../domain/export-task.ts';
import { noticeId, noticeSubject, type Notice } from '../domain/notice.ts';

const idOf = (kind: Notice['kind'], { group, month }: GroupMonth, detail = ''): string =>
  noticeId(`logs ${kind} ${group} ${month} ${detail}`, 0, 0);

/** A month is in the bucket, or has no logs. */
export const exportedNotice = (manifest: ExportManifest): Notice => {
  const { group, month, state, objects, bytes } = manifest;
  return {
    id: idOf('logs-exported', manifest),
    kind: 'logs-exported',
    subject: noticeSubject(`Logs ${month} ${state}: ${group}`),
    text: `The logs of ${group} of ${month}: ${state}, ${objects} objects, ${bytes} bytes.`,
    data: manifest,
  };
};

/** Retention was faster than the export. */
export const lostNotice = (manifest: ExportManifest): Notice => {
  const { group, month, partlyLost } = manifest;
  return {
    id: idOf('logs-lost', manifest),
    kind: 'logs-lost',
    subject: noticeSubject(`Logs ${month} ${partlyLost ? 'partly lost' : 'lost'} to retention: ${group}`),
    text:
      `Retention removed ${partlyLost ? 'a part of the' : 'all'} logs of ${group} of ${month} before they were exported. ` +
      'Give the group a longer retention, or lower monthsBack so that only what is kept is asked for.',
    data: manifest,
  };
};

/** A task did not do what it should. */
export const failureNotice = (
  groupMonth: GroupMonth,
  task: ExportTask,
  next: Exclude<Plan, { kind: 'complete' }>,
): Notice => {
  const { group, month } = groupMonth;
  return {
    id: idOf('logs-export-failed', groupMonth, task.taskId),
    kind: 'logs-export-failed',
    subject: noticeSubject(`Logs ${month} not exported yet: ${group}`),
    text: `The export task ${task.name} (${task.taskId}) ${endOf(task)} ${nextOf(task, next)}`,
    data: { group, month, task: task.name, taskId: task.taskId, status: task.status, message: task.message },
  };
};

/** A completed task is no failure unless its objects are gone. */
const endOf = ({ status, message }: ExportTask): string =>
  status === 'COMPLETED'
    ? 'completed, but nothing of it is in the bucket any more: was the bucket emptied, or made anew?'
    : `ended ${status}: ${message.replace(/\.?$/, '.')}`;

const nextOf = (task: ExportTask, next: Exclude<Plan, { kind: 'complete' }>): string => {
  if (next.kind === 'given up') return 'No more attempts in this execution.';
  return hasTimedOut(task) ? 'Its range is exported in two halves.' : 'It is tried again under a new prefix.';
};

/** CloudWatch Logs did not take a task for a month, for a reason that lies in the group or the range. */
export const refusedNotice = ({ group, month, message }: RefusedMonth): Notice => ({
  id: idOf('logs-export-failed', { group, month }, 'refused'),
  kind: 'logs-export-failed',
  subject: noticeSubject(`Logs ${month} cannot be exported: ${group}`),
  text: `CloudWatch Logs takes no export task for ${group}, ${month}: ${message}`,
  data: { group, month, message },
});

/** A group that the parameter names is not there. */
export const missingGroupNotice = ({ taskPrefix }: ExportTarget, group: string): Notice => ({
  id: noticeId(`logs-group-missing ${taskPrefix} ${group}`, 0, 0),
  kind: 'logs-group-missing',
  subject: noticeSubject(`No log group to export: ${group}`),
  text: `There is no log group ${group}, so nothing of it is exported. Take it out of logGroups, or mend its name.`,
  data: { group },
});

/** An execution has used up its turns, or its days. */
export const unfinishedNotice = ({ bucket, taskPrefix }: ExportTarget, startedAt: number, turns: number): Notice => ({
  id: noticeId(`logs-unfinished ${taskPrefix} ${startedAt}`, 0, 0),
  kind: 'logs-unfinished',
  subject: noticeSubject(`Export of logs not finished: ${taskPrefix}`),
  text:
    `An execution of the logs export stopped after ${turns} turns with months left: is another team's task holding the ` +
    'slot? The next execution goes on where it stopped: by its schedule, or start the state machine by hand.',
  data: { bucket, startedAt: new Date(startedAt).toISOString(), turns },
});
