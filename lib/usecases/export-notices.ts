import type { ExportManifest } from '../domain/export-manifest.ts';
import type { ExportTarget, GroupMonth, Plan } from '../domain/export-plan.ts';
import type { ExportTask } from '../domain/export-task.ts';
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
  const then = next.kind === 'create' ? 'It is tried again under a new prefix.' : 'No more attempts in this execution.';
  return {
    id: idOf('logs-export-failed', groupMonth, task.taskId),
    kind: 'logs-export-failed',
    subject: noticeSubject(`Logs ${month} not exported yet: ${group}`),
    text: `The export task ${task.name} (${task.taskId}) ended ${task.status}: ${task.message} ${then}`,
    data: { group, month, task: task.name, taskId: task.taskId, status: task.status, message: task.message },
  };
};

/** An execution has used up its turns. */
export const unfinishedNotice = ({ bucket, taskPrefix }: ExportTarget, startedAt: number, turns: number): Notice => ({
  id: noticeId(`logs-unfinished ${taskPrefix} ${startedAt}`, 0, 0),
  kind: 'logs-unfinished',
  subject: noticeSubject(`Export of logs not finished: ${taskPrefix}`),
  text:
    `An execution of the logs export stopped after ${turns} turns with months left: is another team's task holding the ` +
    'slot? The next execution goes on where it stopped: by its schedule, or start the state machine by hand.',
  data: { bucket, startedAt: new Date(startedAt).toISOString(), turns },
});
