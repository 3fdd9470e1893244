import {
  ExportRefusedError,
  LimitExceededException,
  RangeRefusedError,
  ServiceUnavailableError,
} from '../../lib/domain/errors.ts';
import type { ExportManifest } from '../../lib/domain/export-manifest.ts';
import { isActive, type ExportTask } from '../../lib/domain/export-task.ts';
import type { ExportStore } from '../../lib/ports/export-store.ts';
import type { LogExports } from '../../lib/ports/log-exports.ts';
import { casesOf, type Differences } from './contract-world.ts';

/** What the bucket of exports is like. */
export type LogsBucket = 'ready' | 'without policy' | 'missing';

/** A fresh world for one test of the logs export's ports. */
export type ExportsWorld = Readonly<{
  logExports: LogExports;
  exportStore: ExportStore;
  /** Begins the names of this world's groups, and the keys of its exports. */
  name: string;
  now(): number;
  makeGroup(name: string, options?: Readonly<{ retentionDays?: number; events?: readonly number[] }>): Promise<void>;
  deleteGroup(name: string): Promise<void>;
  /** Lets time pass until no task has the slot. */
  untilSlotIsFree(): Promise<void>;
  /** The next `CreateExportTask` takes effect, and its response is lost. */
  loseNextCreate(): void;
  /** S3 answers the next conditional write with 409: it raced another one. */
  conflictNextWrite(): void;
  /** The next call is throttled, and takes no effect. */
  throttleNext(port: 'logExports' | 'exportStore'): void;
  close(): Promise<void>;
}>;

export type MakeExportsWorld = (bucket: LogsBucket) => Promise<ExportsWorld>;

const hourMs = 60 * 60 * 1000;

/** A range that ends after the group's creation, as it must; events may lie two hours ahead. */
const planned = ({ name, now }: ExportsWorld, task = 'task-1', group = `${name}/app`) => ({
  name: `${name}-${task}`,
  group,
  from: now() - hourMs,
  to: now() + hourMs,
  prefix: `${name}/${task}`,
});

const listed = async ({ logExports }: ExportsWorld, task: Readonly<{ name: string }>): Promise<ExportTask[]> =>
  (await logExports.listTasks()).filter(({ name }) => name === task.name);

const manifestOf = (month: string): ExportManifest => ({
  group: 'app',
  month,
  state: 'exported',
  partlyLost: false,
  ranges: [],
  objects: 0,
  bytes: 0,
  writtenAt: '2026-03-01T12:00:00.000Z',
});

/** What CloudWatch Logs and the bucket of exports must do, for the fake and the adapters alike. */
export const exportsSuite = (makeWorld: MakeExportsWorld, differences: Differences = {}): void => {
  const { holds } = casesOf(() => makeWorld('ready'), differences);
  const { holds: holdsWithout } = casesOf(() => makeWorld('missing'), differences);
  const { holds: holdsUnasked } = casesOf(() => makeWorld('without policy'), differences);

  holds('lists groups by name and by the beginning of names, over pages, with their retention', async (world) => {
    const { name, logExports } = world;
    const many = Array.from({ length: 51 }, (_, index) => `${name}/many/${String(index)}`);
    for (const group of many) await world.makeGroup(group);
    await world.makeGroup(`${name}/app`, { retentionDays: 90 });
    await world.makeGroup(`${name}/app-two`);
    const found = await logExports.listGroups([`${name}/app`, `${name}/many/*`, `${name}/missing`]);
    expect(found.map((group) => group.name).toSorted()).toEqual([`${name}/app`, ...many].toSorted());
    expect(found.find((group) => group.name === `${name}/app`)).toEqual({
      name: `${name}/app`,
      createdAt: expect.any(Number),
      retentionDays: 90,
    });
  });

  holds('lists a task under its name, with the range and the place that it was created with', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    const task = planned(world);
    const taskId = await world.logExports.create(task);
    expect(taskId).toEqual(expect.any(String));
    const [found] = await listed(world, task);
    expect(found).toMatchObject({ ...task, taskId });
  });

  holds('gives the account’s one slot to one task at a time', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    await world.logExports.create(planned(world));
    await expect(world.logExports.create(planned(world, 'task-2'))).rejects.toThrow(LimitExceededException);
    await world.untilSlotIsFree();
    expect(await world.logExports.create(planned(world, 'task-2'))).toEqual(expect.any(String));
  });

  holds('completes a task, whose events from the first to the last millisecond arrive', async (world) => {
    const task = planned(world);
    const events = [task.from - 1, task.from, task.to - 1, task.to];
    await world.makeGroup(task.group, { events });
    const taskId = (await world.logExports.create(task)) ?? '';
    await world.untilSlotIsFree();
    const [found] = await listed(world, task);
    expect([found?.status, found !== undefined && isActive(found)]).toEqual(['COMPLETED', false]);
    const arrived = await world.exportStore.arrived(task.prefix, taskId);
    expect(arrived).toEqual({ objects: 1, bytes: expect.any(Number), testObject: true });
    expect(arrived.bytes).toBeGreaterThan(0);
  });

  holds('lets each end of a range arrive by itself', async (world) => {
    const task = planned(world);
    const ends = [task.from, task.to - 1].map((at) => ({ at, group: `${world.name}/${String(at)}` }));
    for (const { at, group } of ends) await world.makeGroup(group, { events: [at] });
    for (const { at, group } of ends) {
      const alone = { ...planned(world, `task-${String(at)}`, group), from: task.from, to: task.to };
      const taskId = (await world.logExports.create(alone)) ?? '';
      await world.untilSlotIsFree();
      expect(await world.exportStore.arrived(alone.prefix, taskId)).toMatchObject({ objects: 1 });
    }
  });

  holds('completes a task that finds nothing, and leaves its test object', async (world) => {
    const task = planned(world);
    await world.makeGroup(task.group, { events: [task.from - 1, task.to] });
    const taskId = (await world.logExports.create(task)) ?? '';
    await world.untilSlotIsFree();
    expect(await world.exportStore.arrived(task.prefix, taskId)).toEqual({ objects: 0, bytes: 0, testObject: true });
    expect(await world.exportStore.arrived(`${task.prefix}-other`, taskId)).toMatchObject({ testObject: false });
  });

  holds('refuses a range that ends before the group was created', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    const early = { ...planned(world), from: world.now() - 2 * hourMs, to: world.now() - hourMs };
    await expect(world.logExports.create(early)).rejects.toThrow(RangeRefusedError);
    expect(await listed(world, early)).toEqual([]);
  });

  holds('says that the group has been deleted', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    await world.deleteGroup(`${world.name}/app`);
    expect(await world.logExports.create(planned(world))).toBeUndefined();
    expect(await listed(world, planned(world))).toEqual([]);
  });

  holds('sends a create once: where its response is lost, looking finds the task', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    world.loseNextCreate();
    await expect(world.logExports.create(planned(world))).rejects.toThrow(ServiceUnavailableError);
    expect(await listed(world, planned(world))).toHaveLength(1);
  });

  holds('keeps the first manifest', async ({ exportStore, name }) => {
    const key = `${name}/_SUCCESS`;
    expect(await exportStore.hasManifest(key)).toBe(false);
    expect(await exportStore.writeManifest(key, manifestOf('2026-02'))).toBe('written');
    expect(await exportStore.writeManifest(key, manifestOf('2026-03'))).toBe('stood');
    expect(await exportStore.hasManifest(key)).toBe(true);
  });

  holds('is unavailable where two write one manifest at once (409), and writes it the next time', async (world) => {
    const { exportStore, name } = world;
    world.conflictNextWrite();
    const write = () => exportStore.writeManifest(`${name}/_SUCCESS`, manifestOf('2026-02'));
    await expect(write()).rejects.toThrow(ServiceUnavailableError);
    expect(await exportStore.hasManifest(`${name}/_SUCCESS`)).toBe(false);
    expect(await write()).toBe('written');
  });

  holds('is unavailable while it is throttled', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    const { logExports, exportStore, name } = world;
    world.throttleNext('logExports');
    await expect(logExports.listTasks()).rejects.toThrow(ServiceUnavailableError);
    world.throttleNext('logExports');
    await expect(logExports.listGroups([`${name}/app`])).rejects.toThrow(ServiceUnavailableError);
    world.throttleNext('exportStore');
    await expect(exportStore.hasManifest(`${name}/_SUCCESS`)).rejects.toThrow(ServiceUnavailableError);
    world.throttleNext('exportStore');
    await expect(exportStore.arrived(name, 'task')).rejects.toThrow(ServiceUnavailableError);
  });

  holdsWithout('refuses to export where there is no bucket, and says so', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    await expect(world.logExports.create(planned(world))).rejects.toThrow(ExportRefusedError);
    await expect(world.exportStore.arrived(world.name, 'task')).rejects.toThrow(ExportRefusedError);
    await expect(world.exportStore.writeManifest('_SUCCESS', manifestOf('2026-02'))).rejects.toThrow(
      ExportRefusedError,
    );
    expect(await world.exportStore.hasManifest('_SUCCESS')).toBe(false);
  });

  holdsUnasked('refuses to export where the bucket’s policy does not let CloudWatch Logs in', async (world) => {
    await world.makeGroup(`${world.name}/app`);
    await expect(world.logExports.create(planned(world))).rejects.toThrow(ExportRefusedError);
    expect(await listed(world, planned(world))).toEqual([]);
  });
};
