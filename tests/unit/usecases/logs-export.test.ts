import { rangeOf } from '../../../lib/domain/month.ts';
import { exportLogs } from '../../../lib/usecases/export-logs.ts';
import { checkExports } from '../../../lib/usecases/check-exports.ts';
import { completes, timesOut, type Fate } from '../../support/in-memory-log-exports.ts';
import { logsExportWorld } from '../../support/logs-export-world.ts';
import { startExecution, stepMachine } from '../../support/run-machine.ts';

const now = Date.UTC(2026, 10, 2, 14);
const july = rangeOf('2026-07');
const [september, october] = [rangeOf('2026-09'), rangeOf('2026-10')];
const fails: Fate = { status: 'FAILED', message: 'Could not write.', runsMs: 60_000 };

const kinds = ({ notifier }: ReturnType<typeof logsExportWorld>): string[] => notifier.sent.map(({ kind }) => kind);
const states = ({ manifests }: ReturnType<typeof logsExportWorld>): string[] =>
  [...manifests].map(([key, { state, objects }]) => `${key} ${state} ${String(objects)}`);

/** Runs an execution up to the end of that state, and stops it there. */
const stepThrough = async (world: ReturnType<typeof logsExportWorld>, last: string): Promise<void> => {
  const execution = startExecution(world.time.now);
  while (execution.entered.at(-1) !== last) {
    world.time.now = Math.max(world.time.now, execution.dueAt);
    await stepMachine(execution, world.deps);
  }
};

test('every closed month is exported, and a second execution exports nothing', async () => {
  const world = logsExportWorld(now);
  world.addGroup('/app', [september.from, september.to - 1, october.from]);
  const first = await world.runToEnd();
  expect(first.status).toBe('SUCCEEDED');
  expect(states(world)).toEqual([
    'logs/app/2026-08/_SUCCESS no logs in range 0',
    'logs/app/2026-09/_SUCCESS exported 1',
    'logs/app/2026-10/_SUCCESS exported 1',
  ]);
  expect(kinds(world)).toEqual(['logs-exported', 'logs-exported', 'logs-exported']);
  const tasks = world.tasks.length;
  const second = await world.runToEnd();
  expect(second.entered).toEqual(['BucketCheck', 'ResultCheck', 'EndStep']);
  expect(world.tasks).toHaveLength(tasks);
});

test('a running task of another team is waited for, and no attempt is spent', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.occupy(10 * 60_000);
  const { status, entered } = await world.runToEnd();
  expect(status).toBe('SUCCEEDED');
  expect(entered.slice(0, 4)).toEqual(['BucketCheck', 'ResultCheck', 'WaitForSlot', 'BucketCheck']);
  expect(world.tasks.map(({ name }) => name.slice(-2))).toEqual(['rs', '-1']);
  expect(kinds(world)).toEqual(['logs-exported']);
});

test('a task whose create response was lost is adopted', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.state.loseNextResponse = true;
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(world.tasks).toHaveLength(1);
});

test.each(['FAILED', 'CANCELLED'] as const)(
  'a task that ended %s is tried again under a new prefix',
  async (status) => {
    const world = logsExportWorld(now, { monthsBack: 1 });
    world.addGroup('/app', [october.from]);
    const fates: Fate[] = [{ ...fails, status }];
    world.state.drawFate = () => fates.shift() ?? completes;
    expect((await world.runToEnd()).status).toBe('SUCCEEDED');
    expect(world.tasks.map(({ prefix }) => prefix)).toEqual(['logs/app/2026-10/all-1', 'logs/app/2026-10/all-2']);
    expect([...world.manifests.values()][0]?.ranges.map(({ taskId }) => taskId)).toEqual(['task-2']);
    expect(kinds(world)).toEqual(['logs-export-failed', 'logs-exported']);
  },
);

test('a range that timed out is halved, and both halves together are the month', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from, october.to - 1]);
  world.state.drawFate = () => (world.tasks.length < 2 ? timesOut : completes);
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  const [manifest] = world.manifests.values();
  const ranges = manifest!.ranges.map(({ from, to }) => [from, to]);
  expect(ranges[0]![0]).toBe(october.from);
  expect(ranges.at(-1)![1]).toBe(october.to);
  ranges.slice(1).forEach(([from], index) => expect(from).toBe(ranges[index]![1]));
  expect(ranges).toHaveLength(3);
  expect(manifest).toMatchObject({ objects: 2, state: 'exported' });
});

test('attempts are bounded: the execution fails by naming the month, and the next one tries again', async () => {
  const world = logsExportWorld(now, { monthsBack: 2 });
  world.addGroup('/app', [october.from]);
  world.state.drawFate = () => (world.tasks.length < 3 ? fails : completes);
  const first = await world.runToEnd();
  expect(first.error?.name).toBe('ExportGivenUpError');
  expect(first.error?.message).toContain('/app 2026-09 (FAILED: Could not write.)');
  expect(states(world)).toEqual(['logs/app/2026-10/_SUCCESS exported 1']);
  world.time.now += 60_000;
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(world.manifests.size).toBe(2);
});

test.each([
  ['bucket', 'hasBucket'],
  ['policy', 'hasPolicy'],
] as const)('without the %s the execution fails at once, and nothing is written down as done', async (_, missing) => {
  const world = logsExportWorld(now);
  world.addGroup('/app', [october.from]);
  world.state[missing] = false;
  expect((await world.runToEnd()).error?.name).toBe('ExportRefusedError');
  expect(world.manifests.size).toBe(0);
  world.state[missing] = true;
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
});

test('a task that another execution created, and that has completed since the decision, is adopted', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  const decision = await checkExports(world.deps, { loop: 0, waits: 0, refused: [], startedAt: now });
  if (decision.state !== 'step') throw new Error('no step');
  expect(await exportLogs(world.deps, decision)).toMatchObject({ outcome: 'created' });
  world.time.now += completes.runsMs;
  expect(await exportLogs(world.deps, decision)).toMatchObject({ outcome: 'adopted' });
  expect(world.tasks).toHaveLength(1);
});

test('a group that is deleted between the decision and the create is left out', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  const decision = await checkExports(world.deps, { loop: 0, waits: 0, refused: [], startedAt: now });
  world.groups.clear();
  if (decision.state !== 'step') throw new Error('no step');
  expect(await exportLogs(world.deps, decision)).toEqual({ outcome: 'group deleted' });
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
});

test('a month that retention removed is told, and no task is spent on it; one it removed in part is exported', async () => {
  const world = logsExportWorld(now, { monthsBack: 4 });
  world.addGroup('/app', [july.from, rangeOf('2026-08').to - 1, october.from], 65);
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect([...world.manifests.values()].map(({ month, state, partlyLost }) => [month, state, partlyLost])).toEqual([
    ['2026-07', 'lost to retention', false],
    ['2026-08', 'exported', true],
    ['2026-09', 'no logs in range', false],
    ['2026-10', 'exported', false],
  ]);
  expect(world.tasks).toHaveLength(3);
  expect(kinds(world).filter((kind) => kind === 'logs-lost')).toHaveLength(2);
});

test('a completed task whose objects are gone is not taken for an export', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  const decision = await checkExports(world.deps, { loop: 0, waits: 0, refused: [], startedAt: now });
  if (decision.state !== 'step') throw new Error('no step');
  await exportLogs(world.deps, decision);
  world.time.now += completes.runsMs;
  await world.logExports.listTasks();
  world.objects.clear();
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(world.tasks).toHaveLength(2);
  expect(states(world)).toEqual(['logs/app/2026-10/_SUCCESS exported 1']);
});

test('an execution stopped after any of its states is made good by the next one, which repeats nothing', async () => {
  const worldOfTwo = () => {
    const world = logsExportWorld(now, { monthsBack: 2 });
    world.addGroup('/app', [september.from, october.from]);
    return world;
  };
  const { entered } = await worldOfTwo().runToEnd();
  expect(new Set(entered)).toEqual(new Set(['BucketCheck', 'ResultCheck', 'LogsExport', 'WaitForSlot', 'EndStep']));
  for (let stop = 1; stop <= entered.length; stop += 1) {
    const world = worldOfTwo();
    const execution = startExecution(world.time.now);
    for (let step = 0; step < stop; step += 1) {
      world.time.now = Math.max(world.time.now, execution.dueAt);
      await stepMachine(execution, world.deps);
    }
    const { status } = await world.runToEnd();
    const tasks = world.tasks.map(({ name }) => name.slice(-'2026-09-all-1'.length));
    expect([stop, status, tasks]).toEqual([stop, 'SUCCEEDED', ['2026-09-all-1', '2026-10-all-1']]);
    expect([stop, ...states(world)]).toEqual([
      stop,
      'logs/app/2026-09/_SUCCESS exported 1',
      'logs/app/2026-10/_SUCCESS exported 1',
    ]);
  }
});

test('each turn records how long the execution has been at it', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.occupy(10 * 60_000);
  await world.runToEnd();
  const recorded = world.metrics.recorded.map(({ exportRunSeconds }) => exportRunSeconds);
  expect(recorded[0]).toBe(0);
  expect(recorded.at(-1)).toBeGreaterThanOrEqual(15 * 60);
});

test('a range that timed out is told, with what comes of it', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.state.drawFate = () => (world.tasks.length < 1 ? timesOut : completes);
  await world.runToEnd();
  expect(kinds(world)).toEqual(['logs-export-failed', 'logs-exported']);
  expect(world.notifier.sent[0]?.text).toContain('Its range is exported in two halves.');
});

test('a completed task whose objects are gone is told as such', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  await stepThrough(world, 'LogsExport');
  world.time.now += completes.runsMs;
  await world.logExports.listTasks();
  world.objects.clear();
  await world.runToEnd();
  expect(world.notifier.sent[0]?.text).toMatch(/completed, but nothing of it is in the bucket any more: .*tried again/);
});

test('a month that ended before its group was created has no logs, and neither a task nor a notice is spent on it', async () => {
  const world = logsExportWorld(now);
  world.addGroup('/young', [october.to - 1], undefined, october.from + 1);
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(states(world)).toEqual([
    'logs/young/2026-08/_SUCCESS no logs in range 0',
    'logs/young/2026-09/_SUCCESS no logs in range 0',
    'logs/young/2026-10/_SUCCESS exported 1',
  ]);
  expect(world.tasks).toHaveLength(1);
  expect(kinds(world)).toEqual(['logs-exported']);
});

test('the half of a month before its group was created is left out of what is halved', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/young', [october.to - 1], undefined, october.to - 10 * 24 * 60 * 60_000);
  world.state.drawFate = () => (world.tasks.length < 1 ? timesOut : completes);
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(world.tasks.map(({ from, to }) => [from, to])).toEqual([
    [october.from, october.to],
    [(october.from + october.to) / 2, october.to],
  ]);
});

test('a group whose tasks are refused holds up no other, and is named in the end', async () => {
  const world = logsExportWorld(now, { monthsBack: 2 });
  world.addGroup('/app', [september.from, october.from]);
  world.addGroup('/queer', [october.from]);
  world.refuseTasksOf('/queer');
  const { error, status } = await world.runToEnd();
  expect([status, error?.name]).toEqual(['FAILED', 'ExportGivenUpError']);
  expect(error?.message).toContain('2 of 4 months could not be exported: /queer 2026-09 (');
  expect(states(world)).toEqual(['logs/app/2026-09/_SUCCESS exported 1', 'logs/app/2026-10/_SUCCESS exported 1']);
  expect(kinds(world).filter((kind) => kind === 'logs-export-failed')).toHaveLength(2);
});

test('a month that is given up is told once in an execution, however many months come after it', async () => {
  const world = logsExportWorld(now, { monthsBack: 12 });
  world.addGroup('/app', [october.from]);
  world.state.drawFate = () => (world.tasks.length < 3 ? fails : completes);
  await world.runToEnd();
  // Twice with the attempt that follows, once for all.
  expect(kinds(world).filter((kind) => kind === 'logs-export-failed')).toHaveLength(3);
});

test('what a group had exported before it was deleted is written down', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  await stepThrough(world, 'LogsExport');
  world.groups.clear();
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(states(world)).toEqual(['logs/app/2026-10/_SUCCESS exported 1']);
});

test('a month is closed while another team’s task has the slot, and nothing is waited for when all are', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  await stepThrough(world, 'LogsExport');
  world.time.now += completes.runsMs;
  world.occupy(24 * 60 * 60_000);
  const { status, entered } = await world.runToEnd();
  expect([status, entered]).toEqual(['SUCCEEDED', ['BucketCheck', 'ResultCheck', 'EndStep']]);
  expect(world.manifests.size).toBe(1);
});

test('a group that somebody named and that is not there is told', async () => {
  const world = logsExportWorld(now, { logGroups: ['/typo'], expectedGroups: ['/typo'] });
  expect((await world.runToEnd()).status).toBe('SUCCEEDED');
  expect(kinds(world)).toEqual(['logs-group-missing']);
});

test('an execution that waits for days ends by itself before the state machine ends it, and tells of it', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.occupy(7 * 24 * 60 * 60_000);
  const { status, events } = await world.runToEnd();
  expect([status, kinds(world)]).toEqual(['SUCCEEDED', ['logs-unfinished']]);
  expect(events).toBeLessThan(25_000);
});

test('an execution whose creates are all refused for want of the slot stays below 25,000 events', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('/app', [october.from]);
  world.state.isSlotTakenUnseen = true;
  const { status, events } = await world.runToEnd();
  expect([status, kinds(world)]).toEqual(['SUCCEEDED', ['logs-unfinished']]);
  expect(events).toBeLessThan(25_000);
});

test('groups whose names differ by a slash alone do not meet', async () => {
  const world = logsExportWorld(now, { monthsBack: 1 });
  world.addGroup('app', [october.from]);
  world.addGroup('/app', [october.from]);
  await world.runToEnd();
  expect([...world.manifests.keys()].toSorted()).toEqual(['logs/app/2026-10/_SUCCESS', 'logs/~/app/2026-10/_SUCCESS']);
});

test('an execution that gets nowhere ends by its budget, tells of it, and the next one goes on', async () => {
  const world = logsExportWorld(now, { monthsBack: 1, maxLoops: 10 });
  world.addGroup('/app', [october.from]);
  world.occupy(24 * 60 * 60_000);
  const first = await world.runToEnd();
  expect([first.status, first.entered.filter((name) => name === 'BucketCheck')]).toEqual([
    'SUCCEEDED',
    Array(11).fill('BucketCheck'),
  ]);
  expect(kinds(world)).toEqual(['logs-unfinished']);
  world.time.now += 24 * 60 * 60_000;
  await world.runToEnd();
  expect(world.manifests.size).toBe(1);
});

test('24 months of 10 groups are exported by one execution in less than the 25,000 events that AWS allows', async () => {
  const world = logsExportWorld(now, { monthsBack: 24 });
  for (let group = 0; group < 10; group += 1) world.addGroup(`/app/${String(group)}`, [october.from]);
  world.state.drawFate = () => ({ ...completes, runsMs: 10 * 60_000 });
  const { status, events } = await world.runToEnd();
  expect([status, world.manifests.size]).toEqual(['SUCCEEDED', 240]);
  expect(events).toBeLessThan(25_000);
});
