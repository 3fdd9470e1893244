import { createRandom } from '../../../demo/random.ts';
import { ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Notice } from '../../../lib/domain/notice.ts';
import { inMemoryLedger } from '../../support/in-memory-ledger.ts';
import { inMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { inMemoryLaneStore } from '../../support/in-memory-lanes.ts';
import { createEventClock } from './event-clock.ts';
import { createFunctions, drawStage, inboxBucket } from './functions.ts';
import { isSound, noFaults, type Faults, type Plan } from './plan.ts';
import { createQueue } from './queue.ts';
import { forgetAll, isInInbox, violationsWhenQuiet } from './when-quiet.ts';
import { createWitness } from './witness.ts';

/**
 * The whole system in virtual time, from one plan: the real use cases on the fakes. Senders put, overwrite and delete
 * while the weather of the plan lasts; then it grows calm, the schedules go on until nothing moves, and nothing may be
 * missing. With `expire` the ledger then forgets, and it all begins again.
 */

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
/** What is not done after so many calm minutes will not be: back-offs and resends end at an hour. */
const calmMinutes = 30 * 60;

/** How a run went; no violations when the promise was kept. */
export type Simulated = Readonly<{
  violations: string[];
  trace: string[];
  arrivals: number;
  commits: number;
  deaths: number;
  calls: number;
}>;

export const simulate = async (plan: Plan, { traced = false } = {}): Promise<Simulated> => {
  const { seed } = plan;
  const random = createRandom(`world ${seed}`);
  const clock = createEventClock();
  const startedAt = clock.now();
  const trace: string[] = [];
  const say = (line: () => string): void => {
    if (traced) trace.push(`${((clock.now() - startedAt) / second).toFixed(3).padStart(10)}  ${line()}`);
  };

  const weather: { now: Faults; outage: boolean } = { now: plan.faults, outage: false };
  const faults = (): Faults => (weather.outage ? { ...weather.now, throttle: 0.6 } : weather.now);
  const staleness = createRandom(`staleness ${seed}`);
  const ledger = inMemoryLedger({
    retentionDays: 15,
    copy: (value) => value,
    // DynamoDB is seldom late by more than a second.
    stale: (writtenAt) => clock.now() - writtenAt < minute && staleness.share() < faults().stale,
  });
  const betweenCopies = async (): Promise<void> => {
    await new Promise<void>((resolve) => void clock.startTimer(random.integer(1, 2 * second), resolve));
    // S3 answers 409 to the way back where another write of the key is under way.
    if (random.share() < faults().throttle) throw new ServiceUnavailableError('the way back met another write (409)');
  };
  const objectStore = inMemoryObjectStore({ now: clock.now, pageSize: random.pick([3, 20, 1000]), betweenCopies });
  const chance = createRandom(`queue ${seed}`);
  const queue = createQueue(clock, {
    visibilityMs: () => 30 * minute,
    isDoubled: () => chance.share() < faults().double,
    fullness: () => (chance.share() < faults().short ? chance.share() : 1),
    isRefused: () => chance.share() < faults().throttle,
  });
  const contents = new Map<string, string>();
  const witness = createWitness(ledger, objectStore, {
    isSound: (id) => isSound(contents.get(id)),
    say,
    now: clock.now,
  });
  const sent: Notice[] = [];
  const stage = { ...drawStage(random), mended: false };
  const functions = createFunctions({
    seed,
    clock,
    faults,
    say,
    stage,
    witness,
    ledger,
    objectStore,
    queue,
    laneStore: inMemoryLaneStore(),
    notifier: { send: async (notice) => void sent.push(notice) },
  });

  const wanted = new Map<string, FileVersion>();
  const send = ({ index, key, content }: Plan['arrivals'][number]): void => {
    if (content === 'delete') {
      say(() => `sender deletes ${key}`);
      wanted.delete(key);
      objectStore.delete(inboxBucket, key);
      return;
    }
    const file = objectStore.put(inboxBucket, key, content);
    say(() => `sender puts ${content}: ${file.id}`);
    wanted.set(key, file);
    contents.set(file.id, content);
    functions.fire(file, `event ${String(index)}`);
  };

  const tick = async (at: number): Promise<void> => {
    functions.tick('relay');
    if (at % 5 === 0) functions.tick('sweeper');
    await clock.runUntil(clock.now() + minute);
  };

  /** One arrival after the other: all of a long storm at once would be more than a timer can wait for. */
  const sendFrom = (index: number, beganAt: number): void => {
    const arrival = plan.arrivals[index];
    if (arrival === undefined) return;
    clock.startTimer(beganAt + arrival.at - clock.now(), () => {
      send(arrival);
      sendFrom(index + 1, beganAt);
    });
  };

  /** From the first arrival to the last, and on until nothing moves. */
  const live = async (life: number): Promise<void> => {
    const beganAt = clock.now();
    sendFrom(0, beganAt);
    const minutes = Math.ceil((plan.arrivals.at(-1)?.at ?? 0) / minute) + 1;
    const deployAt = plan.faults.deploy ? random.integer(0, minutes) : -1;
    const replayAt = plan.faults.operator ? random.integer(0, minutes) : -1;
    const outageAt = plan.faults.outage ? random.integer(0, minutes) : -1;
    weather.now = plan.faults;
    for (let at = 0; at < minutes; at += 1) {
      weather.outage = outageAt >= 0 && at >= outageAt && at < outageAt + 5;
      if (at === deployAt) {
        Object.assign(stage, drawStage(random), { mended: random.share() < 0.5 });
        functions.deploy();
      }
      if (at === replayAt) functions.replay(random.integer(1, 3));
      await tick(at);
    }
    say(() => `it grows calm after ${String((clock.now() - beganAt) / minute)} minutes of life ${String(life)}`);
    weather.outage = false;
    weather.now = { ...noFaults, skew: plan.faults.skew };
    for (let at = 0; at < calmMinutes && !isQuiet(); at += 1) {
      if (at % 60 === 0) functions.replayAgain();
      await tick(at);
    }
    // Whatever still sleeps wakes now, and may not do harm.
    await clock.runUntil(clock.now() + day);
  };

  const isQuiet = (): boolean => {
    if (functions.running() > 0 || !queue.isEmpty()) return false;
    for (const path of objectStore.objects.keys()) if (isInInbox(path)) return false;
    for (const { open } of ledger.items.values()) if (open !== undefined) return false;
    return true;
  };

  const lives = plan.faults.expire ? 2 : 1;
  for (let life = 1; life <= lives; life += 1) {
    await live(life);
    const { maxAttempts } = stage.settings;
    const quiet = { ledger, objectStore, senders: { wanted, contents }, witness, sent, maxAttempts };
    witness.violations.push(...violationsWhenQuiet(quiet));
    if (life === lives || witness.violations.length > 0) break;
    await clock.runUntil(clock.now() + 16 * day);
    witness.violations.push(...forgetAll(ledger, clock.now()));
    say(() => 'the ledger has forgotten everything');
    [witness, { forget: () => void (sent.length = 0) }].forEach((one) => one.forget());
  }
  if (traced) for (const file of wanted.values()) say(() => `in the end: ${JSON.stringify(ledger.items.get(file.id))}`);
  return {
    violations: witness.violations,
    trace,
    arrivals: lives * plan.arrivals.filter(({ content }) => content !== 'delete').length,
    commits: witness.allCommits(),
    deaths: functions.deaths(),
    calls: functions.started(),
  };
};
