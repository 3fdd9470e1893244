import { ExportGivenUpError } from '../domain/errors.ts';
import type { ExportDecision, ExportTurn } from '../domain/export-state.ts';
import { manifestKey, planMonth, type GroupMonth, type Plan } from '../domain/export-plan.ts';
import { isActive, type ExportTask, type LogGroup } from '../domain/export-task.ts';
import { closedMonths, type Month } from '../domain/month.ts';
import type { Notice } from '../domain/notice.ts';
import { closeLostMonth, closeMonth, rangesOf } from './close-month.ts';
import { failureNotice, missingGroupNotice, refusedNotice, unfinishedNotice } from './export-notices.ts';
import type { CheckDependencies } from './export-dependencies.ts';

/** A task takes minutes to hours. The longer it has taken, the longer the next wait: history and turns are not for free. */
const shortestWaitSeconds = 60;
const longestWaitSeconds = 300;
/** How many months an error names. */
const mostNamed = 20;

const waitFor = ({ name, taskId }: ExportTask, waits: number) =>
  ({
    state: 'wait',
    waits: waits + 1,
    waitSeconds: Math.min(shortestWaitSeconds * (waits + 1), longestWaitSeconds),
    reason: `the export task ${name || taskId} has the slot`,
  }) as const;

/** A group that is there, or that has gone and left tasks of ours. */
type KnownGroup = LogGroup & Readonly<{ gone: boolean }>;

/** A month that is not exported by this execution. */
type Failure = Readonly<{ why: string; notice: Notice }>;

/** A group's month as its turn comes, in the execution that began then. */
type Case = Readonly<{ group: LogGroup; month: Month; tasks: readonly ExportTask[]; startedAt: number }>;

/**
 * Decides what comes next: a task to create, a wait for the account's one slot, or the end. It keeps nothing: what it
 * knows stands in the bucket and in the list of tasks, so it may be asked by two executions, or twice, at any time. A
 * month that is complete gets its manifest here.
 *
 * @throws {ExportGivenUpError} all is done but months whose attempts are spent, or that CloudWatch Logs does not take
 */
export const checkExports = async (deps: CheckDependencies, turn: ExportTurn): Promise<ExportDecision> => {
  const { logExports, clock, settings, metrics, notifier } = deps;
  const { startedAt, refused } = turn;
  const runMs = clock.now() - startedAt;
  metrics.record({ exportRunSeconds: Math.round(runMs / 1000) });
  const next = { loop: turn.loop + 1, waits: 0, waitSeconds: shortestWaitSeconds, refused };
  if (next.loop > settings.maxLoops || runMs > settings.maxRunMs) return { ...next, ...(await endEarly(deps, turn)) };
  const tasks = await logExports.listTasks();
  const active = tasks.find(isActive);
  // What could be closed was closed as the wait began.
  if (active && turn.waits > 0) return { ...next, ...waitFor(active, turn.waits) };

  const groups = await logExports.listGroups(settings.logGroups);
  const months = closedMonths(clock.now(), settings.monthsBack);
  const failures: Failure[] = refused.map((one) => ({ why: saidOf(one, one.message), notice: refusedNotice(one) }));
  for (const group of [...groups.map(isThere), ...goneGroups(deps, tasks, groups)]) {
    for (const month of await openMonths(deps, group.name, months)) {
      if (refused.some((one) => one.group === group.name && one.month === month)) continue;
      const plan = await settle(deps, { group, month, tasks, startedAt });
      if (plan.kind === 'running') return { ...next, ...waitFor(plan.task, turn.waits) };
      if (plan.kind === 'complete' || group.gone) continue;
      if (plan.kind === 'given up') {
        const [groupMonth, { status, message }] = [{ group: group.name, month }, plan.after];
        const notice = failureNotice(groupMonth, plan.after, plan);
        failures.push({ why: saidOf(groupMonth, `${status}: ${message}`), notice });
        continue;
      }
      if (active) return { ...next, ...waitFor(active, turn.waits) };
      if (plan.after) await notifier.send(failureNotice({ group: group.name, month }, plan.after, plan));
      return { ...next, state: 'step', group: group.name, month, task: plan.task };
    }
  }
  const count = groups.length * months.length;
  await tellMissing(deps, groups);
  // Told at the end, because every turn comes by here.
  for (const { notice } of failures) await notifier.send(notice);
  if (failures.length > 0) throw givenUpError(failures, count);
  return { ...next, state: 'fin', summary: `all ${count} closed months are in the bucket` };
};

const isThere = (group: LogGroup): KnownGroup => ({ ...group, gone: false });

/** Groups deleted since a task of ours exported them: what has arrived is closed, and nothing more is asked for. */
const goneGroups = (
  { target }: CheckDependencies,
  tasks: readonly ExportTask[],
  groups: readonly LogGroup[],
): readonly KnownGroup[] => {
  const known = new Set(groups.map(({ name }) => name));
  const ours = tasks.filter(({ name, bucket }) => name.startsWith(`${target.taskPrefix}-`) && bucket === target.bucket);
  const gone = new Set(ours.map(({ group }) => group).filter((name) => !known.has(name)));
  return [...gone].map((name) => ({ name, createdAt: 0, gone: true }));
};

const openMonths = async (
  { exportStore, target }: CheckDependencies,
  group: string,
  months: readonly Month[],
): Promise<readonly Month[]> => {
  const written = await Promise.all(
    months.map((month) => exportStore.hasManifest(manifestKey(target, { group, month }))),
  );
  return months.filter((_, index) => !written[index]);
};

/** Closes the month if that is possible, and answers `complete`; else with what is to be done for it. */
const settle = async (deps: CheckDependencies, known: Case): Promise<Plan> => {
  const { target, settings } = deps;
  const { group, month, tasks, startedAt } = known;
  const groupMonth = { group: group.name, month };
  const missing = new Set<string>();
  const plan = (): Plan =>
    planMonth({ ...groupMonth, ...settings, createdAt: group.createdAt, target, tasks, missing, startedAt });
  let next = plan();
  while (next.kind === 'complete') {
    const { ranges, absent } = await rangesOf(deps, next.tasks);
    if (absent.length === 0) {
      await closeMonth(deps, { group, groupMonth, ranges, completed: next.tasks });
      return next;
    }
    for (const taskId of absent) missing.add(taskId);
    next = plan();
  }
  if (await closeLostMonth(deps, { group, groupMonth })) return { kind: 'complete', tasks: [] };
  return next;
};

const tellMissing = async ({ settings, notifier, target }: CheckDependencies, groups: readonly LogGroup[]) => {
  const known = new Set(groups.map(({ name }) => name));
  for (const name of settings.expectedGroups) {
    if (!known.has(name)) await notifier.send(missingGroupNotice(target, name));
  }
};

const saidOf = ({ group, month }: GroupMonth, message: string): string => `${group} ${month} (${message})`;

const givenUpError = (failures: readonly Failure[], count: number): ExportGivenUpError => {
  const more = failures.length > mostNamed ? `; and ${failures.length - mostNamed} more` : '';
  const named = failures.slice(0, mostNamed).map(({ why }) => why);
  return new ExportGivenUpError(
    `${failures.length} of ${count} months could not be exported: ${named.join('; ')}${more}. ` +
      'Look at what CloudWatch Logs says, mend it, and start the state machine again: it goes on where it stopped',
  );
};

/** The next execution goes on where this one stopped: by the schedule, or by hand. */
const endEarly = async (
  deps: CheckDependencies,
  { loop, startedAt }: ExportTurn,
): Promise<Readonly<{ state: 'fin'; summary: string }>> => {
  const summary = `stopped after ${loop} turns with months left; the next execution goes on`;
  deps.log.warn(`export of logs ${summary}`, { loop });
  await deps.notifier.send(unfinishedNotice(deps.target, startedAt, loop));
  return { state: 'fin', summary };
};
