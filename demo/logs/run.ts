import { rangeOf, closedMonths, monthOf, type Month } from '../../lib/domain/month.ts';
import { CloudError, startOwnCloud, tail, type OwnCloud } from '../cloud.ts';
import { createLogsClients, type LogsClients } from './clients.ts';
import { compare, type Comparison } from './compare.ts';
import { followExecution, startExport, type EndedExecution, type EnteredState } from './execution.ts';
import type { LogsDemoOptions } from './options.ts';
import { listLogsBucket, readExports, type StoredObject } from './read-exports.ts';
import { eventsOf, putEvents } from './seed.ts';

const groups = ['/demo/orders', '/demo/payments'];

/** What a run ends with. */
export type LogsResult = Readonly<{
  groups: readonly string[];
  closedMonths: readonly Month[];
  /** Events put in the closed months, and in the month that is still open. */
  seeded: number;
  seededInOpenMonth: number;
  comparison: Comparison;
  first: EndedExecution;
  second: EndedExecution;
  /** Objects that the second run added. */
  addedBySecond: number;
  objects: readonly StoredObject[];
}>;

/** How a run tells a person where it is. */
export type LogsProgress = Readonly<{ step(what: string): void; state(state: EnteredState): void }>;

/** Nothing to do is seen by the way that is taken. */
const emptyRun = ['BucketCheck', 'ResultCheck', 'EndStep'];

/** Whether each event of a closed month stands in the bucket once, and the second run found nothing to do. */
export const isWhole = ({ comparison, first, second, addedBySecond, seeded }: LogsResult): boolean =>
  comparison.missing.length + comparison.doubled.length + comparison.misplaced.length === 0 &&
  comparison.exported === seeded &&
  first.status === 'SUCCEEDED' &&
  second.status === 'SUCCEEDED' &&
  second.states.join() === emptyRun.join() &&
  addedBySecond === 0;

/** Starts a cloud, seeds, exports, exports again. Whatever happens, the cloud has ended when this settles. */
export const runLogsDemo = async (
  options: LogsDemoOptions,
  progress: LogsProgress,
  signal: AbortSignal,
): Promise<Readonly<{ result: LogsResult; stateDir: string }>> => {
  progress.step('Starting the local cloud');
  const cloud = await startOwnCloud({ keep: options.keep, params: { logGroups: groups.join(',') }, signal });
  const clients = createLogsClients(cloud.endpoint, 'demo-logs');
  try {
    const result = await Promise.race([seedAndExport(clients, options, progress, signal), cloud.died]);
    return { result, stateDir: cloud.stateDir };
  } catch (error) {
    throw explained(error, cloud, signal);
  } finally {
    clients.destroy();
    await cloud.stop();
  }
};

const explained = (error: unknown, cloud: OwnCloud, signal: AbortSignal): unknown =>
  error instanceof CloudError || signal.aborted
    ? error
    : new CloudError(`${String(error)}\nThe local cloud printed:\n${tail(cloud.output())}`, { cause: error });

const seedAndExport = async (
  { logs, s3, states }: LogsClients,
  { events, seed }: LogsDemoOptions,
  progress: LogsProgress,
  signal: AbortSignal,
): Promise<LogsResult> => {
  const months = closedMonths(Date.now(), 3);
  const open = monthOf(rangeOf(months.at(-1) ?? '').to);
  const closed = groups.flatMap((group) => months.flatMap((month) => eventsOf(group, month, events, seed)));
  const stillOpen = groups.flatMap((group) => eventsOf(group, open, events, seed).filter(({ at }) => at < Date.now()));
  progress.step(`Seeding ${groups.join(' and ')}: ${closed.length} events in ${months.join(', ')}`);
  for (const group of groups) {
    await putEvents(
      logs,
      group,
      [...closed, ...stillOpen].filter((event) => event.group === group),
    );
  }
  const run = async (): Promise<EndedExecution> =>
    followExecution(states, await startExport(states), progress.state, signal);
  progress.step('Running the state machine');
  const first = await run();
  const before = await listLogsBucket(s3);
  progress.step('Running it again');
  const second = await run();
  const objects = await listLogsBucket(s3);
  return {
    groups,
    closedMonths: months,
    seeded: closed.length,
    seededInOpenMonth: stillOpen.length,
    comparison: compare(closed, await readExports(s3)),
    first,
    second,
    addedBySecond: objects.length - before.length,
    objects,
  };
};
