import type { Rule } from '../../lib/domain/action.ts';
import { PermanentError } from '../../lib/domain/errors.ts';
import type { Dependencies } from '../../lib/usecases/dependencies.ts';
import { processFile } from '../../lib/usecases/process-file.ts';
import { quarantineKey } from '../../lib/domain/quarantine.ts';
import { countingEntropy } from '../support/recorders.ts';
import { inMemoryWorld, testSettings, type World } from '../support/world.ts';

/**
 * One file, one function that dies: before or after each call that leaves the process, every place in turn, and every
 * pair of places for two functions that die one after the other. What comes later must find its way to the verdict.
 */

const day = 24 * 60 * 60 * 1000;

type Death = Readonly<{ atCall: number; moment: 'before' | 'after' }>;

/** A process that is gone: its promise never settles. */
const dead = (): Promise<never> => new Promise(() => undefined);

/** The same ports, seen by a function that dies at its n-th call. Tells when it died, and how many calls it made. */
const dying = (dependencies: Dependencies, death: Death | undefined) => {
  let calls = 0;
  const died = Promise.withResolvers<'died'>();
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          calls += 1;
          const call = calls;
          const at = death?.atCall ?? Infinity;
          // What a timer of the dead process would still do, it does not.
          if (call > at) return dead();
          const perform = (): unknown => (method as (...args: unknown[]) => unknown).apply(target, args);
          if (call < at) return perform();
          if (death?.moment === 'after') await perform();
          died.resolve('died');
          return dead();
        };
      },
    });
  const { ledger, objectStore, workQueue, notifier } = dependencies;
  return {
    dependencies: {
      ...dependencies,
      ledger: mortal(ledger),
      objectStore: mortal(objectStore),
      workQueue: mortal(workQueue),
      notifier: mortal(notifier),
    },
    died: died.promise,
    calls: () => calls,
  };
};

const working: Rule[] = [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'working',
        run: async (file) => {
          await file.writeOutput('out', 'result', { contentType: 'text/plain' });
          file.notify({ subject: 'done', text: 'done' });
          return { bytes: (await file.peek(10)).length };
        },
      },
    ],
  },
];
const refusing: Rule[] = [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'refusing',
        run: () => Promise.reject(new PermanentError('not what it says it is')),
      },
    ],
  },
];

const scenarios = [
  { title: 'done, archive: versions', rules: working, archive: 'versions', verdict: 'DONE' },
  { title: 'done, archive: bak', rules: working, archive: 'bak', verdict: 'DONE' },
  { title: 'poison', rules: refusing, archive: 'versions', verdict: 'POISON' },
] as const;

/** Lets a file meet deaths in turn, then lets healthy triggers come until it is quiet. */
const play = async (scenario: (typeof scenarios)[number], deaths: readonly Death[]) => {
  const world = await inMemoryWorld({ rules: scenario.rules, settings: { archive: scenario.archive } });
  const file = await world.put('incoming/a', 'some bytes');
  let commits = 0;
  const ledger: typeof world.dependencies.ledger = {
    ...world.dependencies.ledger,
    commit: async (by) => {
      const answer = await world.dependencies.ledger.commit(by);
      if (answer.written) commits += 1;
      return answer;
    },
  };
  let calls = 0;
  for (const [index, death] of [...deaths, undefined, undefined].entries()) {
    const run = dying({ ...world.dependencies, ledger, entropy: countingEntropy(`run${String(index)}`) }, death);
    const answer = processFile(run.dependencies, { file, via: 'event', deadlineAt: world.clock.now() + day });
    await Promise.race([answer, run.died]);
    if (index === 0) calls = run.calls();
    await world.clock.advance(testSettings.leaseMs + testSettings.skewMs + 1);
  }
  return { world, file, commits, calls };
};

const expectVerdict = async (
  scenario: (typeof scenarios)[number],
  { world, file, commits }: { world: World; file: Parameters<World['item']>[0]; commits: number },
): Promise<void> => {
  const item = await world.item(file);
  expect(item?.status).toBe(scenario.verdict);
  expect(item?.attempts).toBeLessThanOrEqual(testSettings.maxAttempts);
  expect(item).not.toHaveProperty('outbox');
  expect(item).not.toHaveProperty('open');
  expect(await world.keys()).not.toContain('incoming/a');
  expect(commits).toBe(scenario.verdict === 'DONE' ? 1 : 0);
  expect(new Set(world.notifier.sent.map(({ id }) => id)).size).toBe(1);
  if (scenario.verdict === 'DONE') expect(item?.outputs).toHaveLength(1);
  else expect(await world.keys()).toContain(quarantineKey(file));
  if (scenario.archive === 'bak') expect(await world.keys()).toContainEqual(expect.stringMatching(/^bak\//));
};

const deathsIn = (calls: number): Death[] =>
  Array.from({ length: calls }, (_, call) => call + 1).flatMap((atCall) => [
    { atCall, moment: 'before' as const },
    { atCall, moment: 'after' as const },
  ]);

describe.each(scenarios)('a function that dies ($title)', (scenario) => {
  it('at any one call leaves a file that ends with its verdict, its effects once', async () => {
    const { calls } = await play(scenario, []);
    expect(calls).toBeGreaterThanOrEqual(6);
    for (const death of deathsIn(calls)) await expectVerdict(scenario, await play(scenario, [death]));
  });

  it('and dies again at any other call, still does', async () => {
    const { calls } = await play(scenario, []);
    // A file that meets a verdict already needs fewer calls: a death that never comes is a healthy run.
    for (const first of deathsIn(calls)) {
      for (const second of deathsIn(calls)) {
        await expectVerdict(scenario, await play(scenario, [first, second]));
      }
    }
  });
});
