import type { ExportedRange, ExportManifest } from '../domain/export-manifest.ts';
import { lostOf, manifestKey, type GroupMonth } from '../domain/export-plan.ts';
import type { ExportTask, LogGroup } from '../domain/export-task.ts';
import type { ExportStore } from '../ports/export-store.ts';
import type { CheckDependencies } from './export-dependencies.ts';
import { exportedNotice, lostNotice } from './export-notices.ts';

/** A group's month. */
type OfMonth = Readonly<{ group: LogGroup; groupMonth: GroupMonth }>;

/**
 * What the completed tasks wrote, and those of which there is nothing, not even the object that CloudWatch Logs writes
 * first: their bucket was emptied or made anew.
 */
export const rangesOf = async (
  { exportStore }: Readonly<{ exportStore: ExportStore }>,
  tasks: readonly ExportTask[],
): Promise<{ ranges: readonly ExportedRange[]; absent: readonly string[] }> => {
  const ranges: ExportedRange[] = [];
  const absent: string[] = [];
  for (const { taskId, name, prefix, from, to } of tasks) {
    const { objects, bytes, testObject } = await exportStore.arrived(prefix, taskId);
    if (objects === 0 && !testObject) absent.push(taskId);
    ranges.push({ taskId, name, prefix, from, to, objects, bytes });
  }
  return { ranges, absent };
};

/** Tells of the month and writes its manifest, in that order: a notice may come twice, under one id, but never not. */
export const closeMonth = async (
  deps: CheckDependencies,
  {
    group,
    groupMonth,
    ranges,
    completed,
  }: OfMonth & Readonly<{ ranges: readonly ExportedRange[]; completed: readonly ExportTask[] }>,
): Promise<void> => {
  const objects = sumOf(ranges.map((range) => range.objects));
  // What is kept was decided when a task was created; the last one may have missed the most.
  const partlyLost = completed.some(({ createdAt }) => lostOf(group, groupMonth.month, createdAt) !== 'nothing');
  await write(deps, {
    ...groupMonth,
    state: objects === 0 ? 'no logs in range' : 'exported',
    partlyLost,
    ranges,
    objects,
    bytes: sumOf(ranges.map(({ bytes }) => bytes)),
    writtenAt: new Date(deps.clock.now()).toISOString(),
  });
};

/** Closes a month that retention has removed as a whole: a task could find nothing. Whether it did so. */
export const closeLostMonth = async (deps: CheckDependencies, { group, groupMonth }: OfMonth): Promise<boolean> => {
  if (lostOf(group, groupMonth.month, deps.clock.now()) !== 'all') return false;
  await write(deps, {
    ...groupMonth,
    state: 'lost to retention',
    partlyLost: false,
    ranges: [],
    objects: 0,
    bytes: 0,
    writtenAt: new Date(deps.clock.now()).toISOString(),
  });
  return true;
};

const write = async (deps: CheckDependencies, manifest: ExportManifest): Promise<void> => {
  const { notifier, exportStore, log, target } = deps;
  if (manifest.state === 'lost to retention' || manifest.partlyLost) await notifier.send(lostNotice(manifest));
  // A month that ended before its group was there took no task, and tells nobody anything.
  if (manifest.ranges.length > 0) await notifier.send(exportedNotice(manifest));
  const key = manifestKey(target, manifest);
  const outcome = await exportStore.writeManifest(key, manifest);
  const { group, month, state, objects, bytes } = manifest;
  log.info(`logs of ${group}, ${month}: ${state}`, { group, month, state, objects, bytes, manifest: key, outcome });
};

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
