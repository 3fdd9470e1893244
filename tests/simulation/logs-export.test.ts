import { closedMonths, monthOf, rangeOf } from '../../lib/domain/month.ts';
import { createRandom } from '../../offline/notifications/random.ts';
import { completes, timesOut, type Fate } from '../support/in-memory-log-exports.ts';
import { logsExportWorld } from '../support/logs-export-world.ts';
import { startExecution, stepMachine, type Execution } from '../support/run-machine.ts';

const seeds = Number(process.env['SEEDS'] ?? 150);
const now = Date.UTC(2028, 2, 2, 14);
const monthsBack = 3;
const months = closedMonths(now, monthsBack);

/** The first and the last millisecond of each month and one between, and one in each month that must not be exported. */
const seeded = months
  .flatMap((month) => {
    const { from, to } = rangeOf(month);
    return [from, (from + to) / 2, to - 1];
  })
  .concat(rangeOf(months[0]!).from - 1, rangeOf(months.at(-1)!).to);

const endings: readonly Fate[] = [
  { status: 'FAILED', message: 'Could not write.', runsMs: 60_000 },
  { status: 'CANCELLED', message: 'Cancelled by user', runsMs: 60_000 },
  timesOut,
];

/** Two executions at once, each stopped and started again between any two states, while everything that can go wrong does. */
const disturb = async (seed: number) => {
  const random = createRandom(`logs export ${String(seed)}`);
  const world = logsExportWorld(now, { monthsBack });
  world.addGroup('/app/full', seeded);
  world.addGroup('empty');
  world.addGroup('/app/doomed', seeded);
  world.state.drawFate = () => {
    const drawn = random();
    return drawn < 0.4 ? endings[Math.floor(random() * endings.length)]! : completes;
  };
  const failures: Error[] = [];
  let [overtaken, step] = [0, 0];
  let executions: Execution[] = [startExecution(world.time.now), startExecution(world.time.now)];
  const runOne = async (execution: Execution): Promise<void> => {
    world.time.now = Math.max(world.time.now, execution.dueAt);
    await stepMachine(execution, world.deps);
    if (execution.error) failures.push(execution.error);
  };
  /** Between one execution's look and its create, another one goes on for a while. */
  const overtake = async (): Promise<void> => {
    overtaken += 1;
    const other = startExecution(world.time.now);
    for (let ahead = Math.floor(random() * 12); ahead > 0 && other.status === 'RUNNING'; ahead -= 1)
      await runOne(other);
  };
  for (; step < 120; step += 1) {
    const drawn = random();
    if (drawn < 0.05) world.occupy(10 * 60_000);
    else if (drawn < 0.1) world.state.loseNextResponse = true;
    else if (drawn < 0.13) world.state.hasBucket = !world.state.hasBucket;
    else if (drawn < 0.16) world.state.hasPolicy = !world.state.hasPolicy;
    else if (drawn < 0.17) world.groups.delete('/app/doomed');
    else if (drawn < 0.19) world.state.beforeCreate = overtake;
    else if (drawn < 0.21) world.state.isManifestRaced = true;
    else if (drawn < 0.24) executions[Math.floor(random() * 2)]!.status = 'ABORTED';
    executions = executions.map((one) => (one.status === 'RUNNING' ? one : startExecution(world.time.now)));
    await runOne(executions[Math.floor(random() * 2)]!);
  }
  // Calm again: what a person mended.
  Object.assign(world.state, {
    hasBucket: true,
    hasPolicy: true,
    loseNextResponse: false,
    isManifestRaced: false,
    drawFate: () => completes,
    beforeCreate: undefined,
  });
  const last = await world.runToEnd();
  return { world, failures, last, overtaken };
};

test('whatever happens, the manifests cover exactly the closed months, and each event is in its month once', async () => {
  let disturbed = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { world, failures, last } = await disturb(seed);
    const about = `seed ${String(seed)}`;
    expect([about, last.status]).toEqual([about, 'SUCCEEDED']);
    const expected = [...world.groups.keys()].flatMap((group) => months.map((month) => `${group} ${month}`));
    const written = [...world.manifests.values()].filter(({ group }) => world.groups.has(group));
    expect([about, ...written.map(({ group, month }) => `${group} ${month}`).toSorted()]).toEqual([
      about,
      ...expected.toSorted(),
    ]);
    for (const { group, month, ranges, objects } of written) {
      const keys = [...world.objects.keys()].filter((key) =>
        ranges.some(({ prefix, taskId }) => key.startsWith(`${prefix}/${taskId}/`)),
      );
      const exported = keys.flatMap((key) => world.objects.get(key)!).toSorted((a, b) => a - b);
      const inMonth = world.events
        .get(group)!
        .filter((at) => monthOf(at) === month)
        .toSorted((a, b) => a - b);
      expect([about, group, month, exported, objects]).toEqual([about, group, month, inMonth, keys.length]);
    }
    // One task per account: no two of ours ever ran at once.
    const ours = world.tasks.map(({ createdAt, completedAt = createdAt }) => [createdAt, completedAt] as const);
    ours.slice(1).forEach(([createdAt], index) => expect(createdAt).toBeGreaterThanOrEqual(ours[index]![1]));
    for (const { name, message } of failures) {
      expect(['ExportRefusedError', 'ExportGivenUpError', 'ServiceUnavailableError']).toContain(name);
      expect(message).not.toBe('');
    }
    // Notices may come twice, under one id; a manifest without one may not be.
    const told = new Set(world.notifier.sent.map(({ id }) => id));
    expect(told.size).toBeGreaterThanOrEqual(written.length);
    disturbed += failures.length;
  }
  expect(disturbed).toBeGreaterThan(0);
});

test('no attempt at a month is created twice, but where another execution came between a look and its create', async () => {
  let overtakings = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { world, overtaken } = await disturb(seed);
    const names = world.tasks.map(({ name }) => name).filter((name) => name !== 'theirs');
    expect(names.length - new Set(names).size).toBeLessThanOrEqual(overtaken);
    overtakings += overtaken;
  }
  expect(overtakings).toBeGreaterThan(0);
});
