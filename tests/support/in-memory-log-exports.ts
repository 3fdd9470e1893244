import type { ExportManifest } from '../../lib/domain/export-manifest.ts';
import { isActive, type ExportTask, type LogGroup } from '../../lib/domain/export-task.ts';
import {
  ExportRefusedError,
  LimitExceededException,
  RangeRefusedError,
  ServiceUnavailableError,
} from '../../lib/domain/errors.ts';
import type { ExportStore } from '../../lib/ports/export-store.ts';
import type { LogExports } from '../../lib/ports/log-exports.ts';

/** How a task ends, and after how long. */
export type Fate = Readonly<{ status: 'COMPLETED' | 'FAILED' | 'CANCELLED'; message: string; runsMs: number }>;

const dayMs = 24 * 60 * 60 * 1000;
export const completes: Fate = { status: 'COMPLETED', message: 'Completed successfully', runsMs: 5 * 60_000 };
export const timesOut: Fate = { status: 'FAILED', message: 'The export task timed out.', runsMs: dayMs };

/** What DescribeExportTasks tells: not what is to come. */
const toListed = (task: ExportTask & Partial<{ endsAt: number; fate: Fate }>): ExportTask => {
  const listed = { ...task };
  delete listed.endsAt;
  delete listed.fate;
  return listed;
};

/** CloudWatch Logs and its bucket in memory, no kinder than AWS: one active task, lost responses, events by retention. */
export const inMemoryLogExports = ({ bucket, clock }: { bucket: string; clock: { now(): number } }) => {
  const groups = new Map<string, LogGroup>();
  const events = new Map<string, number[]>();
  const tasks: (ExportTask & { endsAt: number; fate: Fate })[] = [];
  /** Exported objects by key: the events in them. */
  const objects = new Map<string, readonly number[]>();
  /** Groups whose tasks are refused, whatever the range. */
  const refusedGroups = new Set<string>();
  const manifests = new Map<string, ExportManifest>();
  const state = {
    hasBucket: true,
    hasPolicy: true,
    loseNextResponse: false,
    /** The next manifest meets another one that is being written: S3 answers 409. */
    isManifestRaced: false,
    drawFate: (): Fate => completes,
    /** A task that is not listed has the slot: somebody's of another Region's, or one that is just ending. */
    isSlotTakenUnseen: false,
    /** What happens between somebody's look and their create. */
    beforeCreate: undefined as undefined | (() => Promise<void>),
  };

  const exported = ({ group, from, to, createdAt }: ExportTask): readonly number[] => {
    const { retentionDays } = groups.get(group) ?? {};
    const keptFrom = retentionDays === undefined ? 0 : createdAt - retentionDays * dayMs;
    return (events.get(group) ?? []).filter((at) => at >= from && at < to && at >= keptFrom);
  };
  const advance = (): void => {
    tasks.forEach((task, index) => {
      if (!isActive(task)) return;
      if (clock.now() < task.endsAt) {
        tasks[index] = { ...task, status: 'RUNNING' };
        return;
      }
      const { status, message } = state.hasBucket
        ? task.fate
        : { status: 'FAILED' as const, message: 'The bucket does not exist.' };
      tasks[index] = { ...task, status, message, completedAt: task.endsAt };
      const found = exported(task);
      // What fails may have written a part.
      if (state.hasBucket && found.length > 0) objects.set(`${task.prefix}/${task.taskId}/stream/000000.gz`, found);
    });
  };
  const refuse = (): void => {
    if (!state.hasBucket) throw new ExportRefusedError('The given bucket does not exist.');
    if (!state.hasPolicy) throw new ExportRefusedError('GetBucketAcl call on the given bucket failed.');
  };

  const logExports: LogExports = {
    listGroups: async (names) =>
      [...groups.values()].filter(({ name }) =>
        names.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one)),
      ),
    listTasks: async () => {
      advance();
      return tasks.map(toListed).toReversed();
    },
    create: async (planned) => {
      const { beforeCreate } = state;
      state.beforeCreate = undefined;
      await beforeCreate?.();
      advance();
      const group = groups.get(planned.group);
      if (!group) return undefined;
      if (refusedGroups.has(planned.group)) throw new RangeRefusedError('The log group class is not supported.');
      if (planned.to - 1 < group.createdAt) throw new RangeRefusedError('The range ends before the group was created.');
      refuse();
      if (state.isSlotTakenUnseen || tasks.some(isActive)) throw new LimitExceededException('Resource limit exceeded.');
      objects.set(`${planned.prefix}/aws-logs-write-test`, []);
      const fate = state.drawFate();
      const createdAt = clock.now();
      const taskId = `task-${String(tasks.length + 1)}`;
      tasks.push({
        ...planned,
        taskId,
        bucket,
        status: 'PENDING',
        message: '',
        createdAt,
        fate,
        endsAt: createdAt + fate.runsMs,
      });
      if (!state.loseNextResponse) return taskId;
      state.loseNextResponse = false;
      throw new ServiceUnavailableError('The response was lost.');
    },
  };
  const exportStore: ExportStore = {
    hasManifest: async (key) => state.hasBucket && manifests.has(key),
    writeManifest: async (key, manifest) => {
      if (!state.hasBucket) throw new ExportRefusedError('The bucket does not exist.');
      if (state.isManifestRaced) {
        state.isManifestRaced = false;
        throw new ServiceUnavailableError('The manifest met another one.');
      }
      if (manifests.has(key)) return 'stood';
      manifests.set(key, manifest);
      return 'written';
    },
    arrived: async (prefix, taskId) => {
      advance();
      if (!state.hasBucket) throw new ExportRefusedError('The bucket does not exist.');
      const found = [...objects].filter(([key]) => key.startsWith(`${prefix}/${taskId}/`));
      const bytes = found.reduce((sum, [, kept]) => sum + kept.length, 0);
      return { objects: found.length, bytes, testObject: objects.has(`${prefix}/aws-logs-write-test`) };
    },
  };
  /** Somebody else's task. */
  const occupy = (runsMs: number): void => {
    advance();
    if (tasks.some(isActive)) return;
    const at = clock.now();
    tasks.push({
      taskId: `foreign-${String(tasks.length + 1)}`, name: 'theirs', group: 'theirs', from: 0, to: 1, bucket: 'theirs', prefix: 'theirs',
      status: 'RUNNING', message: '', createdAt: at, endsAt: at + runsMs, fate: { ...completes, runsMs },
    }); // prettier-ignore
  };
  return { logExports, exportStore, groups, events, tasks, objects, manifests, state, occupy, refusedGroups };
};
