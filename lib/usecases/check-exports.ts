import { ExportGivenUpError } from '../domain/errors.ts';
import type { ExportDecision, ExportTurn } from '../domain/export-state.ts';
import { manifestKey, planMonth, type GroupMonth, type Plan } from '../domain/export-plan.ts';
import { isActive, type ExportTask, type LogGroup } from '../domain/export-task.ts';
import { closedMonths } from '../domain/month.ts';
import { closeLostMonth, closeMonth, rangesOf } from './close-month.ts';
import { failureNotice, unfinishedNotice } from './export-notices.ts';
import type { CheckDependencies } from './export-dependencies.ts';

/** A task takes minutes to hours. The longer it has taken, the longer the next wait: history and turns are not for free. */
const shortestWaitSeconds = 60;
const longestWaitSeconds = 300;

const waitFor = ({ name, taskId }: ExportTask, waits: number) =>
  ({
    state: 'wait',
    waits: waits + 1,
    waitSeconds: Math.min(shortestWaitSeconds * (waits + 1), longestWaitSeconds),
    reason: `the export task ${name || taskId} has the slot`,
  }) as const;

/** What is known of a group's month, as its turn comes. */
type Case = Readonly<{ group: LogGroup; groupMonth: GroupMonth; tasks: readonly ExportTask[]; startedAt: number }>;

/**
 * Decides what comes next: a task to create, a wait for the account's one slot, or the end. It keeps nothing: what it
 * knows stands in the bucket and in the list of tasks, so it may be asked by two executions, or twice, at any time. A
 * month that is complete gets its manifest here.
 *
 * @throws {ExportGivenUpError} all is done but months whose attempts are spent
 */
export const checkExports = async (deps: CheckDependencies, turn: ExportTurn): Promise<ExportDecision> => {
  const { logExports, exportStore, clock, settings, target, metrics } = deps;
  metrics.record({ exportRunSeconds: Math.round((clock.now() - turn.startedAt) / 1000) });
  const next = { loop: turn.loop + 1, waits: 0, waitSeconds: shortestWaitSeconds };
  if (next.loop > settings.maxLoops) return { ...next, ...(await endEarly(deps, turn)) };
  const tasks = await logExports.listTasks();
  const active = tasks.find(isActive);
  if (active) return { ...next, ...waitFor(active, turn.waits) };

  const givenUp: string[] = [];
  let months = 0;
  for (const group of await logExports.listGroups(settings.logGroups)) {
    for (const month of closedMonths(clock.now(), settings.monthsBack)) {
      const groupMonth = { group: group.name, month };
      months += 1;
      if (await exportStore.hasManifest(manifestKey(target, groupMonth))) continue;
      const plan = await settle(deps, { group, groupMonth, tasks, startedAt: turn.startedAt });
      if (plan?.kind === 'create') return { ...next, state: 'step', ...groupMonth, task: plan.task };
      if (plan?.kind === 'given up')
        givenUp.push(`${group.name} ${month} (${plan.after.status}: ${plan.after.message})`);
    }
  }
  if (givenUp.length > 0) {
    throw new ExportGivenUpError(
      `${givenUp.length} of ${months} months could not be exported: ${givenUp.join('; ')}. ` +
        'Look at what CloudWatch Logs says, mend it, and start the state machine again: it goes on where it stopped',
    );
  }
  return { ...next, state: 'fin', summary: `all ${months} closed months are in the bucket` };
};

/** Closes the month if that is possible; else answers with what is to be done for it. */
const settle = async (
  deps: CheckDependencies,
  known: Case,
): Promise<Exclude<Plan, { kind: 'complete' }> | undefined> => {
  const { target, settings, notifier } = deps;
  const { groupMonth, tasks, startedAt } = known;
  const missing = new Set<string>();
  const plan = (): Plan => planMonth({ ...groupMonth, ...settings, target, tasks, missing, startedAt });
  let next = plan();
  while (next.kind === 'complete') {
    const { ranges, absent } = await rangesOf(deps, next.tasks);
    if (absent.length === 0) {
      await closeMonth(deps, { ...known, ranges, completed: next.tasks });
      return undefined;
    }
    for (const taskId of absent) missing.add(taskId);
    next = plan();
  }
  if (await closeLostMonth(deps, known)) return undefined;
  if (next.after) await notifier.send(failureNotice(groupMonth, next.after, next));
  return next;
};

/** The next execution goes on where this one stopped: by the schedule, or by hand. */
const endEarly = async (
  deps: CheckDependencies,
  { loop, startedAt }: ExportTurn,
): Promise<Readonly<{ state: 'fin'; summary: string }>> => {
  const { maxLoops } = deps.settings;
  const summary = `stopped after ${maxLoops} turns with months left; the next execution goes on`;
  deps.log.warn(`export of logs ${summary}`, { loop });
  await deps.notifier.send(unfinishedNotice(deps.target, startedAt, maxLoops));
  return { state: 'fin', summary };
};
