import type { Answer, Contender, Work } from './contender.ts';

/** What a scenario saw of one contender, in the order of the table's columns. */
export type Seen = Readonly<{
  /** How often the work of the one file began. */
  runs: number;
  /** The most runs that were at work at once, without the one that stalled beyond its lock. */
  liveAtOnce: number;
  effects: number;
  /** Seconds from a death to the first trigger that is let through; absent where nobody died. */
  blockedSeconds?: number;
  /** Requests to DynamoDB for the last trigger, where that is what is shown. */
  requests?: number;
}>;

/** One row: a fault, and what must hold of whoever stands it. */
export type Scenario = Readonly<{
  fault: string;
  run(contender: Contender, clock: ShiftedClock): Promise<Seen>;
  /** What Everyfile promises here; a miss ends the command with an error. */
  promised(seen: Seen): boolean;
}>;

/** The time of day of this process, moved on by hand: both contenders read `Date.now`. */
export type ShiftedClock = Readonly<{ moveOn(seconds: number): void }>;

const stepSeconds = 5;
const mostSeconds = 3_600;

/** Counts the runs of one file's work, and how many are at it. */
const watchRuns = () => {
  const seen = { runs: 0, live: 0, liveAtOnce: 0 };
  const watched =
    (work: Work): Work =>
    async (effect) => {
      seen.runs += 1;
      seen.live += 1;
      seen.liveAtOnce = Math.max(seen.liveAtOnce, seen.live);
      try {
        await work(effect);
      } finally {
        seen.live -= 1;
      }
    };
  return { seen, watched, stalled: () => void (seen.live -= 1) };
};

const doIt: Work = async (effect) => effect();

/** A function that dies in the middle neither returns nor throws. */
const dieAfter =
  (work: Work, dead: () => void): Work =>
  async (effect) => {
    await work(effect);
    dead();
    await new Promise(() => undefined);
  };

/** Triggers again, as S3, Lambda or a sweep would, until a trigger is let through; the seconds that took. */
const untilDone = async (trigger: () => Promise<Answer>, clock: ShiftedClock): Promise<number> => {
  for (let seconds = 0; seconds <= mostSeconds; seconds += stepSeconds) {
    if ((await trigger()) === 'done') return seconds;
    clock.moveOn(stepSeconds);
  }
  return Number.POSITIVE_INFINITY;
};

/** Dies at its first run, after this much of its work; then is triggered until it is done. */
const dieThenTrigger = async (
  contender: Contender,
  clock: ShiftedClock,
  { limitSeconds, diesAfter }: { limitSeconds: number; diesAfter: Work },
): Promise<Seen> => {
  const file = await contender.newFile();
  const { seen, watched, stalled } = watchRuns();
  await new Promise<void>((dead) => {
    void contender.trigger(file, limitSeconds, watched(dieAfter(diesAfter, dead)));
  });
  stalled();
  clock.moveOn(1);
  const waited = await untilDone(() => contender.trigger(file, limitSeconds, watched(doIt)), clock);
  return { ...counts(seen), effects: contender.effects(file), blockedSeconds: 1 + waited };
};

const counts = ({ runs, liveAtOnce }: { runs: number; liveAtOnce: number }) => ({ runs, liveAtOnce });

/** The rows of the table, in its order. */
export const scenarios: readonly Scenario[] = [
  {
    fault: 'none',
    async run(contender) {
      const file = await contender.newFile();
      const { seen, watched } = watchRuns();
      const before = contender.wire.requests();
      await contender.trigger(file, 30, watched(doIt));
      return { ...counts(seen), effects: contender.effects(file), requests: contender.wire.requests() - before };
    },
    // Two writes, and one more that takes the sent notice out of the outbox.
    promised: (seen) => seen.runs === 1 && seen.effects === 1 && seen.requests === 3,
  },
  {
    fault: 'the event of a done file comes again',
    async run(contender) {
      const file = await contender.newFile();
      const { seen, watched } = watchRuns();
      await contender.trigger(file, 30, watched(doIt));
      const before = contender.wire.requests();
      await contender.trigger(file, 30, watched(doIt));
      return { ...counts(seen), effects: contender.effects(file), requests: contender.wire.requests() - before };
    },
    promised: (seen) => seen.runs === 1 && seen.effects === 1 && seen.requests === 1,
  },
  {
    fault: 'the response of the claim is lost; one trigger',
    async run(contender) {
      const file = await contender.newFile();
      const { seen, watched } = watchRuns();
      contender.wire.loseNext(contender.isClaim);
      await contender.trigger(file, 30, watched(doIt));
      return { ...counts(seen), effects: contender.effects(file) };
    },
    promised: (seen) => seen.runs === 1 && seen.effects === 1,
  },
  {
    fault: 'the response of the completion is lost; one trigger',
    async run(contender) {
      const file = await contender.newFile();
      const { seen, watched } = watchRuns();
      contender.wire.loseNext(contender.isCompletion);
      await contender.trigger(file, 30, watched(doIt));
      return { ...counts(seen), effects: contender.effects(file) };
    },
    promised: (seen) => seen.runs === 1 && seen.effects === 1,
  },
  {
    fault: 'a stale owner fails while the new one is at work; a third trigger comes',
    async run(contender, clock) {
      const file = await contender.newFile();
      const { seen, watched, stalled } = watchRuns();
      const stale = Promise.withResolvers<never>();
      const owner = Promise.withResolvers<undefined>();
      const begun = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()] as const;
      const first = contender.trigger(
        file,
        30,
        watched(() => {
          begun[0].resolve(undefined);
          return stale.promise;
        }),
      );
      await begun[0].promise;
      stalled();
      clock.moveOn(60);
      const second = contender.trigger(
        file,
        30,
        watched(async (effect) => {
          begun[1].resolve(undefined);
          await owner.promise;
          effect();
        }),
      );
      await begun[1].promise;
      stale.reject(new Error('the stale owner fails'));
      await first;
      seen.live += 1; // Its end was counted when it stalled.
      await contender.trigger(file, 30, watched(doIt));
      owner.resolve(undefined);
      await second;
      return { ...counts(seen), effects: contender.effects(file) };
    },
    promised: (seen) => seen.runs === 2 && seen.liveAtOnce === 1 && seen.effects === 1,
  },
  {
    fault: 'a function with a limit of 900 s dies at second 1',
    run: (contender, clock) =>
      dieThenTrigger(contender, clock, { limitSeconds: 900, diesAfter: async () => undefined }),
    promised: (seen) => seen.runs === 2 && seen.effects === 1 && (seen.blockedSeconds ?? 0) <= 60,
  },
  {
    fault: 'it dies between its effect and the completion',
    run: (contender, clock) => dieThenTrigger(contender, clock, { limitSeconds: 30, diesAfter: doIt }),
    promised: (seen) => seen.runs === 2 && seen.effects === 1,
  },
  {
    fault: 'the table answers 500 to the completion',
    async run(contender, clock) {
      const file = await contender.newFile();
      const { seen, watched } = watchRuns();
      const mend = contender.wire.failAll(contender.isCompletion);
      await contender.trigger(file, 30, watched(doIt));
      mend();
      const blockedSeconds = await untilDone(() => contender.trigger(file, 30, watched(doIt)), clock);
      return { ...counts(seen), effects: contender.effects(file), blockedSeconds };
    },
    promised: (seen) => seen.runs === 2 && seen.effects === 1,
  },
];
