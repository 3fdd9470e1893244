import { createRandom, type Random } from '../../demo/random.ts';
import type { Rule } from '../../lib/domain/action.ts';
import { PermanentError, ServiceUnavailableError } from '../../lib/domain/errors.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import { archiveKey, quarantineKey } from '../../lib/domain/quarantine.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { drainQueue, type DrainDependencies } from '../../lib/usecases/drain.ts';
import { processFiles } from '../../lib/usecases/process-files.ts';
import { sweepInbox, type SweepDependencies } from '../../lib/usecases/sweep.ts';
import { inMemoryLaneStore, recordingInvoker } from '../support/in-memory-lanes.ts';
import { countingEntropy } from '../support/recorders.ts';
import { inMemoryWorld, testSettings, type World } from '../support/world.ts';

/**
 * The whole system in virtual time, from one seed: senders that put, overwrite and delete; events that are lost,
 * doubled and late; functions that stall, or die before or after any call; calls that are throttled, or take effect although they
 * fail; ticks that come twice, batons that come twice or late. Then it grows quiet, and nothing may be missing.
 */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** What one simulated run looks like when it is wrong; empty when the promise was kept. */
export type Simulated = Readonly<{
  violations: string[];
  trace: string[];
  puts: number;
  deaths: number;
  commits: number;
}>;

/** How bad the weather is: shares from 0 to 1, per call or per event. */
const stormy = { lose: 0.3, double: 0.2, die: 0.015, stall: 0.01, fail: 0.03, failAfterEffect: 0.02 };
type Weather = typeof stormy;
const calm: Weather = { lose: 0, double: 0, die: 0, stall: 0, fail: 0, failAfterEffect: 0 };

const contents = ['A', 'B', 'poison', 'flaky', 'telling'] as const;

const rulesFor = (random: Random): Rule[] => [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'simulated',
        async run(file) {
          const body = Buffer.from(await file.peek(100)).toString();
          if (body === 'poison') throw new PermanentError('poison');
          if (body === 'flaky' && random.share() < 0.5) throw new Error('flaky');
          await file.writeOutput('out', body, { contentType: 'text/plain' });
          if (body === 'telling') file.notify({ subject: 'told', text: 'told' });
          return { body };
        },
      },
    ],
  },
];

/** A process that dies at some call never comes back from it, and neither do its timers. */
const never = (): Promise<never> => new Promise(() => undefined);

export const simulate = async (seed: string): Promise<Simulated> => {
  const random = createRandom(seed);
  const world = await inMemoryWorld({
    rules: rulesFor(random),
    settings: { archive: random.pick(['versions', 'bak']) },
  });
  const { clock } = world;
  const violations: string[] = [];
  const laneStore = inMemoryLaneStore();
  const trace: string[] = [];
  const startedAt = clock.now();
  const say = (line: string): void =>
    void trace.push(`${String((clock.now() - startedAt) / 1000).padStart(9)}  ${line}`);
  let weather: Weather = stormy;
  let processes = 0;
  let deaths = 0;
  const commits = new Map<string, number>();

  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void clock.startTimer(milliseconds, resolve));

  /** One process: its ports take time, fail, and let it die. Answers when its work is done, or never. */
  const spawn = (name: string, work: (ports: ReturnType<typeof portsFor>) => Promise<unknown>): void => {
    processes += 1;
    const ports = portsFor(`${name}-${String(processes)}`);
    void work(ports).then(
      () => undefined,
      (error: unknown) => say(`${name} ended with ${String(error)}`),
    );
  };

  const portsFor = (name: string) => {
    const life = { over: false };
    const isDead = (): boolean => life.over;
    /** A process that stalls for longer than a lease: neither its calls nor its timers come before it wakes. */
    const stall = { until: 0 };
    const awake = async (): Promise<void> => {
      while (clock.now() < stall.until) await wait(stall.until - clock.now());
    };
    const ownClock: Clock = {
      now: clock.now,
      startTimer: (delayMs, callback) => clock.startTimer(delayMs, () => void awake().then(callback)),
    };
    const mortal = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get(target, method) {
          const call = Reflect.get(target, method) as unknown;
          if (typeof call !== 'function') return call;
          return async (...args: unknown[]) => {
            if (isDead()) return never();
            await wait(random.integer(1, 50));
            if (random.share() < weather.stall) {
              stall.until = clock.now() + random.integer(1, 120) * second;
              say(`${name} stalls at ${String(method)}`);
            }
            await awake();
            if (isDead()) return never();
            const share = random.share();
            const fate = (limit: number, before = 0): boolean => share >= before && share < before + limit;
            if (fate(weather.die)) return die(`before ${String(method)}`);
            if (fate(weather.fail, weather.die)) throw new ServiceUnavailableError(`${String(method)} was throttled`);
            const answer: unknown = await (call as (...args: unknown[]) => unknown).apply(target, args);
            if (method === 'commit')
              countCommit(name, args[0] as { file: FileVersion }, answer as { written: boolean });
            if (fate(weather.die, weather.die + weather.fail)) return die(`after ${String(method)}`);
            if (fate(weather.failAfterEffect, 2 * weather.die + weather.fail)) {
              say(`${name}: the answer of ${String(method)} was lost`);
              throw new ServiceUnavailableError(`${String(method)} was not answered`);
            }
            return answer;
          };
        },
      });
    const die = (when: string): Promise<never> => {
      life.over = true;
      deaths += 1;
      say(`${name} dies ${when}`);
      return never();
    };
    const { dependencies } = world;
    return {
      ...dependencies,
      clock: ownClock,
      entropy: { ...countingEntropy(name), fraction: () => random.share() },
      ledger: mortal(dependencies.ledger),
      objectStore: mortal(guarded(dependencies.objectStore)),
      workQueue: mortal(dependencies.workQueue),
      notifier: mortal(dependencies.notifier),
      laneStore: mortal(laneStore),
      invoker: recordingInvoker(),
    };
  };

  /** Watches what the service deletes: nothing but what it speaks of, and nothing before its copy is made. */
  const guarded = (objectStore: ObjectStore): ObjectStore => ({
    ...objectStore,
    async remove(file) {
      const before = await objectStore.stands(file);
      const stood = (await world.keys()).includes(file.key);
      await objectStore.remove(file);
      const keys = await world.keys();
      if (stood && !before && !keys.includes(file.key)) violations.push(`NEWER OBJECT DELETED by finish of ${file.id}`);
      if (!before) return;
      const status = (await world.item(file))?.status;
      if (status !== 'DONE' && status !== 'POISON') violations.push(`DELETED WITHOUT A VERDICT: ${file.id}`);
      const copy = status === 'POISON' ? quarantineKey(file) : archiveKey(file);
      const copied = status === 'POISON' || world.dependencies.settings.archive === 'bak';
      if (copied && !keys.includes(copy)) violations.push(`DELETED BEFORE ITS COPY: ${file.id}`);
    },
  });

  const countCommit = (name: string, { file }: { file: FileVersion }, { written }: { written: boolean }): void => {
    if (!written) return;
    commits.set(file.id, (commits.get(file.id) ?? 0) + 1);
    say(`${name} commits ${file.id}`);
  };

  const runProcessor = (file: FileVersion): void =>
    spawn('processor', (ports) =>
      processFiles(ports, { files: [file], unreadable: [], via: 'event', deadlineAt: clock.now() + 10 * minute }),
    );
  const runSweep = (baton?: { lane: string; fence: number }): void =>
    spawn('sweeper', async (ports) => {
      const invoker = { handOn: async (next: { lane: string; fence: number }) => later(() => runSweep(next)) };
      const dependencies: SweepDependencies = {
        ...ports,
        invoker,
        sweep: {
          redrive: 'queue',
          minimumAgeMs: 5 * minute,
          resendMs: 10 * minute,
          maxHops: 5,
          backlogMs: async () => 0,
        },
      };
      await sweepInbox(dependencies, { baton, deadlineAt: clock.now() + random.integer(1, 60) * second });
    });
  const runDrain = (baton?: { lane: string; fence: number }): void =>
    spawn('relay', async (ports) => {
      const invoker = { handOn: async (next: { lane: string; fence: number }) => later(() => runDrain(next)) };
      const dependencies: DrainDependencies = {
        ...ports,
        invoker,
        readMessage: (body) => ({ files: [JSON.parse(body) as FileVersion], unreadable: [] }),
        drain: { maxHops: 5, maxMessages: 1_000, waitSeconds: 1 },
      };
      // The time that a file may take is kept back from each run.
      const deadlineAt = clock.now() + testSettings.maxRunMs + random.integer(1, 60) * second;
      await drainQueue(dependencies, { baton, deadlineAt });
    });

  /** An asynchronous invocation: it may be lost or doubled, and comes when it comes. */
  const later = (run: () => void): void => {
    if (random.share() < weather.lose) return;
    const times = random.share() < weather.double ? 2 : 1;
    for (let time = 0; time < times; time += 1) clock.startTimer(random.integer(0, 60) * second, run);
  };

  const wanted = new Map<string, FileVersion>();
  const send = async (): Promise<void> => {
    const key = `incoming/${String(random.integer(1, 6))}`;
    if (random.share() < 0.15) {
      say(`sender deletes ${key}`);
      wanted.delete(key);
      return world.delete(key);
    }
    const file = await world.put(key, random.pick(contents));
    say(`sender puts ${file.id}`);
    wanted.set(key, file);
    later(() => runProcessor(file));
  };

  const live = async (until: number, sending: boolean): Promise<number> => {
    let puts = 0;
    for (let at = clock.now(); at < until; at += minute) {
      if (sending && random.share() < 0.5) {
        await send();
        puts += 1;
      }
      const ticks = random.share() < weather.double ? 2 : 1;
      for (let tick = 0; tick < ticks; tick += 1) runDrain();
      if (Math.floor(at / minute) % 5 === 0) for (let tick = 0; tick < ticks; tick += 1) runSweep();
      if (Math.floor(at / minute) % 15 === 0) world.workQueue.returnInFlight();
      await clock.advance(minute);
    }
    return puts;
  };

  const puts = await live(startedAt + 2 * hour, true);
  weather = calm;
  await live(startedAt + 12 * hour, false);
  violations.push(...(await violationsOf(world, { wanted, commits })));
  if (violations.length > 0) await describeEnd(world, wanted, say);
  return { violations, trace, puts, deaths, commits: [...commits.values()].reduce((sum, count) => sum + count, 0) };
};

const describeEnd = async (
  world: World,
  wanted: Map<string, FileVersion>,
  say: (line: string) => void,
): Promise<void> => {
  for (const file of wanted.values()) say(`in the end: ${JSON.stringify(await world.item(file))}`);
};

/** Everything that may not be so once all is quiet. */
const violationsOf = async (
  world: World,
  { wanted, commits }: { wanted: Map<string, FileVersion>; commits: Map<string, number> },
): Promise<string[]> => {
  const violations: string[] = [];
  const keys = await world.keys();
  for (const key of keys) if (key.startsWith('incoming/')) violations.push(`STUCK: ${key} still stands in the inbox`);
  for (const [key, file] of wanted) {
    const item = await world.item(file);
    if (item?.status === 'DONE') continue;
    if (item?.status === 'POISON' && keys.includes(quarantineKey(file))) continue;
    violations.push(`LOST: ${file.id}, the last word on ${key}, is ${item?.status ?? 'nowhere'}`);
  }
  for (const [id, count] of commits) if (count > 1) violations.push(`COMMITTED ${String(count)} TIMES: ${id}`);
  const told = new Map<string, Set<string>>();
  for (const { id, data, kind } of world.notifier.sent) {
    const fileId = typeof data['fileId'] === 'string' ? data['fileId'] : id.split('-')[0];
    const name = `${kind} ${String(fileId)}`;
    told.set(name, (told.get(name) ?? new Set()).add(id));
  }
  for (const [name, ids] of told) if (ids.size > 1) violations.push(`TOLD UNDER ${String(ids.size)} IDS: ${name}`);
  for (const file of wanted.values()) {
    const item = await world.item(file);
    if (item?.outbox !== undefined || item?.open !== undefined) violations.push(`NOTICE NOT SENT: ${file.id}`);
    if ((item?.attempts ?? 0) > testSettings.maxAttempts) violations.push(`ATTEMPTS OVER THE LIMIT: ${file.id}`);
  }
  return violations;
};
