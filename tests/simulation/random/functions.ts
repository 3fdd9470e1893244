import { createRandom, type Random } from '../../../demo/random.ts';
import { createFileVersion, type FileVersion } from '../../../lib/domain/file-version.ts';
import type { Baton } from '../../../lib/domain/lane.ts';
import { quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { LaneStore } from '../../../lib/ports/lane-store.ts';
import type { Log } from '../../../lib/ports/log.ts';
import type { Notifier } from '../../../lib/ports/notifier.ts';
import type { Dependencies, Settings } from '../../../lib/usecases/dependencies.ts';
import { drainLane, drainQueue } from '../../../lib/usecases/drain.ts';
import { processFiles } from '../../../lib/usecases/process-files.ts';
import { replayFile } from '../../../lib/usecases/replay-file.ts';
import { sweepInbox } from '../../../lib/usecases/sweep.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import { inMemoryQuarantine, type InMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { testSettings } from '../../support/world.ts';
import type { EventClock } from './event-clock.ts';
import type { Faults } from './plan.ts';
import { startProcess, type Process } from './process.ts';
import type { createQueue } from './queue.ts';
import { rulesOf } from './rules.ts';
import type { Witness } from './witness.ts';

const second = 1_000;
const minute = 60 * second;
export const { inboxBucket } = testSettings;

/** How the stage is set; a deploy draws it anew. */
export type Stage = { settings: Settings; ingest: 'direct' | 'queue'; redrive: 'queue' | 'refire'; mended: boolean };

export const drawStage = (random: Random): Omit<Stage, 'mended'> => ({
  settings: {
    ...testSettings,
    archive: random.pick(['versions', 'bak']),
    leaseMs: random.pick([30_000, 45_000]),
    concurrency: random.pick([2, 4, 8]),
  },
  ingest: random.pick(['direct', 'queue']),
  redrive: random.pick(['queue', 'refire']),
});

const silent = (): void => undefined;
const silentLog: Log = { info: silent, warn: silent, error: silent };

/** Lambda's own retries of an asynchronous event. */
const lambdaRetriesMs = [1 * minute, 3 * minute];

type Surroundings = Readonly<{
  seed: string;
  clock: EventClock;
  faults: () => Faults;
  say: (line: () => string) => void;
  stage: Stage;
  witness: Witness;
  ledger: InMemoryLedger;
  objectStore: InMemoryObjectStore;
  queue: ReturnType<typeof createQueue>;
  laneStore: LaneStore;
  notifier: Notifier;
}>;

/** The functions of a stage, and what wakes them. */
export const createFunctions = (around: Surroundings) => {
  const { seed, clock, faults, say, stage, witness, queue } = around;
  const weather = createRandom(`functions ${seed}`);
  const living = new Set<Process>();
  const named = new Map<string, number>();
  const quarantine = inMemoryQuarantine(around.objectStore, inboxBucket);
  /** Replays that an operator began and has not seen through. */
  const replaying = new Map<string, FileVersion>();
  let [pending, started, deaths, ticks] = [0, 0, 0, 0];

  const portsOf = (process: Process): Dependencies & { laneStore: LaneStore } => {
    const { settings } = stage;
    let nonces = 0;
    const store = witness.objectStore(around.objectStore, process, settings);
    const refiring = {
      ...store,
      async refire(file: FileVersion, viaKey: string) {
        const answer = await store.refire(file, viaKey);
        if (answer === 'refired') fire(file, `${process.name} refires ${file.key}`);
        return answer;
      },
    };
    return {
      clock: process.clock,
      entropy: {
        nonce: () => `${process.name} ${String((nonces += 1))}`,
        fraction: () => process.random.share(),
      },
      log: silentLog,
      metrics: { record: silent },
      settings,
      rules: rulesOf(process, witness, stage.mended),
      ledger: process.mortal(witness.ledger(around.ledger, process, settings)),
      objectStore: process.mortal(refiring),
      workQueue: process.mortal(queue.workQueue),
      notifier: process.mortal(around.notifier),
      laneStore: process.mortal(around.laneStore),
    };
  };

  /** No two processes have one name: their nonces would be each other's. */
  const nameOf = (wokenAs: string): string => {
    const times = (named.get(wokenAs) ?? 0) + 1;
    named.set(wokenAs, times);
    return times === 1 ? wokenAs : `${wokenAs} (${String(times)})`;
  };

  /** Runs a function once, cut off at its time limit. Tells whether it returned as a function should. */
  const run = async (
    wokenAs: string,
    limitMs: number,
    work: (ports: ReturnType<typeof portsOf>, process: Process) => Promise<unknown>,
  ): Promise<boolean> => {
    started += 1;
    const name = nameOf(wokenAs);
    const random = createRandom(`${seed} ${name}`);
    const process = startProcess({ clock, faults, say }, { name, random, skewMs: stage.settings.skewMs });
    living.add(process);
    const cancel = clock.startTimer(limitMs, () => process.cut('limit'));
    const outcome = await Promise.race([
      work(portsOf(process), process).then(
        () => 'returned' as const,
        (error: unknown) => {
          witness.threw(name, error);
          return 'threw' as const;
        },
      ),
      process.death,
    ]);
    cancel();
    living.delete(process);
    if (outcome === 'died') deaths += 1;
    return outcome === 'returned';
  };

  const soon = (delayMs: number, callback: () => void): void => {
    pending += 1;
    clock.startTimer(delayMs, () => {
      pending -= 1;
      callback();
    });
  };

  /** An asynchronous delivery: it may be lost, doubled and late, and so comes in any order. */
  const later = (deliver: (copy: number) => void): void => {
    const { lose, double } = faults();
    if (weather.share() < lose) return;
    const copies = weather.share() < double ? 2 : 1;
    const longestMs = weather.pick([5 * second, 5 * second, 90 * second, 20 * minute]);
    for (let copy = 1; copy <= copies; copy += 1) {
      soon(weather.integer(0, longestMs), () => deliver(copy));
    }
  };

  const process = async (file: FileVersion, name: string, retry = 0): Promise<void> => {
    const returned = await run(`processor ${name}.${String(retry)}`, 5 * minute + 5 * second, (ports) =>
      processFiles(ports, { files: [file], unreadable: [], via: 'event', deadlineAt: ports.clock.now() + 5 * minute }),
    );
    const delayMs = lambdaRetriesMs[retry];
    if (!returned && delayMs !== undefined) soon(delayMs, () => void process(file, name, retry + 1));
  };

  const fire = (file: FileVersion, name: string): void =>
    later((copy) => {
      if (stage.ingest === 'queue') queue.put(file, 0);
      else void process(file, `${name}.${String(copy)}`);
    });

  const runLane = (lane: 'relay' | 'sweeper', name: string, baton?: Baton): void => {
    void run(name, 15 * minute, async (ports, { random, clock: own, mortal }) => {
      const invoker = mortal({
        handOn: async (next: Baton) => later((copy) => runLane(lane, `${name}>${String(copy)}`, next)),
      });
      const workMs = random.integer(1, 60) * second;
      if (lane === 'relay') {
        const readMessage = (body: string) => ({ files: [JSON.parse(body) as FileVersion], unreadable: [] });
        const drain = { maxHops: 5, maxMessages: 1_000, waitSeconds: 2 };
        // The time that a file may take is kept back from each run.
        const deadlineAt = own.now() + stage.settings.maxRunMs + workMs;
        return drainQueue({ ...ports, invoker, readMessage, drain }, { baton, deadlineAt });
      }
      const { ingest, redrive } = stage;
      const sweep = {
        redrive,
        minimumAgeMs: 5 * minute,
        resendMs: 10 * minute,
        maxHops: 12,
        backlogMs: () => (ingest === 'queue' ? ports.laneStore.backlogMs(drainLane) : Promise.resolve(0)),
      };
      return sweepInbox({ ...ports, invoker, sweep }, { baton, deadlineAt: own.now() + workMs });
    });
  };

  const replayOne = async (file: FileVersion, name: string): Promise<void> => {
    replaying.set(file.id, file);
    await run(name, 5 * minute, async ({ ledger, settings }, { clock: own, mortal }) => {
      const answer = await replayFile({ ledger, quarantine: mortal(quarantine), clock: own, settings }, file);
      say(() => `${name} of ${file.id}: ${answer}`);
      if (answer === 'replayed') fire(file, name);
      // The lease of its last owner may hold: an operator tries again later.
      if (answer !== 'leased') replaying.delete(file.id);
    });
  };

  return {
    fire,
    running: () => living.size + pending,
    started: () => started,
    deaths: () => deaths,
    /** A schedule's tick: it may be lost, and may come twice. */
    tick(lane: 'relay' | 'sweeper') {
      ticks += 1;
      const name = `${lane} ${String(ticks)}`;
      const { lose, double } = faults();
      if (weather.share() < lose / 10) return;
      runLane(lane, name);
      if (weather.share() < double) runLane(lane, `${name} again`);
    },
    /** Cuts off all that runs. What is woken from now on has the stage's new settings. */
    deploy() {
      say(() => `a deploy cuts off ${String(living.size)} functions: ${JSON.stringify(stage)}`);
      living.forEach(({ cut }) => cut('fault'));
    },
    /** An operator replays so many of the files in quarantine. */
    replay(count: number) {
      const poisoned = [...around.ledger.items.values()].filter(
        (item) => item.status === 'POISON' && around.objectStore.objects.has(`${inboxBucket}/${quarantineKey(item)}`),
      );
      poisoned
        .slice(0, count)
        .forEach(
          (item, index) => void replayOne(createFileVersion(item), `operator ${String(ticks)}.${String(index)}`),
        );
    },
    /** Sees through what an operator's command left half done. */
    replayAgain() {
      [...replaying.values()].forEach(
        (file, index) => void replayOne(file, `operator again ${String(ticks)}.${String(index)}`),
      );
    },
  };
};
