import { hasTimedOut, isActive, type ExportTask, type LogGroup, type PlannedTask } from './export-task.ts';
import { hashOf } from './file-version.ts';
import { rangeOf, type Month, type TimeRange } from './month.ts';

/** Where exports go, and how the tasks of this stage are told from others. */
export type ExportTarget = Readonly<{
  bucket: string;
  /** First part of every key, without a slash at its end. */
  prefix: string;
  /** First part of every task's name: service and stage. */
  taskPrefix: string;
}>;

/** A group and one of its months. */
export type GroupMonth = Readonly<{ group: string; month: Month }>;

/** What is known when the next task of a month is planned. */
export type PlanInput = GroupMonth &
  Readonly<{
    target: ExportTarget;
    /** When the group was created, epoch ms: CloudWatch Logs takes no range that ends before. */
    createdAt: number;
    /** Every task that CloudWatch Logs lists, of whomever. */
    tasks: readonly ExportTask[];
    /** Completed tasks whose objects are no longer there. */
    missing: ReadonlySet<string>;
    /** Failures before this moment are not counted: each execution has attempts of its own. */
    startedAt: number;
    maxAttempts: number;
  }>;

/**
 * What is to be done for a month: nothing but to write down that it is complete, to wait for a task of its own, to
 * create one (after one that did not do, or the first), or nothing more in this execution.
 */
export type Plan =
  | Readonly<{ kind: 'complete'; tasks: readonly ExportTask[] }>
  | Readonly<{ kind: 'running'; task: ExportTask }>
  | Readonly<{ kind: 'create'; task: PlannedTask; attempt: number; after?: ExportTask }>
  | Readonly<{ kind: 'given up'; attempts: number; after: ExportTask }>;

/** A range is not halved below this. */
const shortestMs = 60 * 1000;

/** A folder of its own for each name: `~` can stand in no name, so `a` and `/a` do not meet. */
const monthFolder = ({ prefix }: ExportTarget, { group, month }: GroupMonth): string =>
  `${prefix}${group.startsWith('/') ? group : `/~/${group}`}/${month}`;

/** The object that says that a month is done, and how. */
export const manifestKey = (target: ExportTarget, groupMonth: GroupMonth): string =>
  `${monthFolder(target, groupMonth)}/_SUCCESS`;

/** Decides the next task of a month from the tasks there are: first the whole month, then halves of what timed out. */
export const planMonth = (input: PlanInput): Plan => planPart(input, 'all', rangeOf(input.month));

const planPart = (input: PlanInput, part: string, range: TimeRange): Plan => {
  const { target, group, month, createdAt, tasks, missing, startedAt, maxAttempts } = input;
  if (range.to - 1 < createdAt) return { kind: 'complete', tasks: [] };
  const base = `${target.taskPrefix}-${hashOf(group).slice(0, 16)}-${month}-${part}-`;
  const attempts = tasks
    .filter(({ name, bucket }) => name.startsWith(base) && bucket === target.bucket)
    .map((task) => ({ task, attempt: Number(task.name.slice(base.length)) }))
    .toSorted((a, b) => a.attempt - b.attempt || a.task.createdAt - b.task.createdAt);
  const completed = attempts.find(({ task }) => task.status === 'COMPLETED' && !missing.has(task.taskId));
  if (completed) return { kind: 'complete', tasks: [completed.task] };
  const timedOut = attempts.find(({ task }) => hasTimedOut(task));
  if (timedOut && range.to - range.from >= 2 * shortestMs) return planHalves(input, part, range, timedOut.task);
  const last = attempts.at(-1);
  if (last && isActive(last.task)) return { kind: 'running', task: last.task };
  const spent = attempts.filter(({ task }) => task.createdAt >= startedAt).length;
  if (last && spent >= maxAttempts) return { kind: 'given up', attempts: spent, after: last.task };
  const attempt = (last?.attempt ?? 0) + 1;
  const task = {
    name: `${base}${attempt}`,
    group,
    ...range,
    prefix: `${monthFolder(target, input)}/${part}-${attempt}`,
  };
  return { kind: 'create', task, attempt, ...(last && { after: last.task }) };
};

const planHalves = (input: PlanInput, part: string, { from, to }: TimeRange, timedOut: ExportTask): Plan => {
  const middle = Math.floor((from + to) / 2);
  const [first, second] = [
    planPart(input, `${part}.1`, { from, to: middle }),
    planPart(input, `${part}.2`, { from: middle, to }),
  ];
  if (first.kind === 'create') return { after: timedOut, ...first };
  if (first.kind !== 'complete') return first;
  if (second.kind !== 'complete') return second;
  return { kind: 'complete', tasks: [...first.tasks, ...second.tasks] };
};

const dayMs = 24 * 60 * 60 * 1000;
/** `PutLogEvents` takes events up to 14 days old, so a group may hold what is older than itself. */
const oldestEventMs = 14 * dayMs;

/**
 * What retention may have removed of a month by a moment: nothing, a part, or all of it. A group that cannot have had
 * events then has lost none.
 */
export const lostOf = (
  { createdAt, retentionDays }: LogGroup,
  month: Month,
  at: number,
): 'nothing' | 'a part' | 'all' => {
  const { from, to } = rangeOf(month);
  const keptFrom = retentionDays === undefined ? 0 : at - retentionDays * dayMs;
  if (keptFrom <= from || createdAt - oldestEventMs >= Math.min(keptFrom, to)) return 'nothing';
  return keptFrom < to ? 'a part' : 'all';
};
