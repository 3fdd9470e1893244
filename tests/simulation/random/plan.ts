import { createRandom } from '../../../demo/random.ts';

/** What may go wrong: shares from 0 to 1 per call or event, or whether it happens at all. */
export type Faults = Readonly<{
  /** An event, an asynchronous invocation, a tick: lost, doubled. */
  lose: number;
  double: number;
  /** A receive hands out fewer messages than there are, or none. */
  short: number;
  /** A function dies before or after a call. */
  die: number;
  /** A function stalls for longer than a lease may last, and wakes again. */
  stall: number;
  /** A call is refused, or answers an error although it took effect. */
  throttle: number;
  /** The write that records a failure is never refused: an attempt whose failure cannot be recorded counts like a crash. */
  recorded: boolean;
  noAnswer: number;
  /** The answer is lost and the SDK makes the call again. */
  repeat: number;
  /** A read of several items shows one as it was before its last write, a minute ago at most. */
  stale: number;
  /** Minutes in which most calls are refused. */
  outage: boolean;
  /** No process's clock differs, all stay within the bound, or some are a minute off. */
  skew: 'none' | 'within' | 'beyond';
  /** All functions are cut, and come back with other settings. */
  deploy: boolean;
  /** When all is done the ledger forgets, and the storm begins anew over the same keys. */
  expire: boolean;
  /** An operator replays what stands in quarantine. */
  operator: boolean;
}>;

export const noFaults: Faults = {
  lose: 0,
  double: 0,
  short: 0,
  die: 0,
  stall: 0,
  throttle: 0,
  recorded: false,
  noAnswer: 0,
  repeat: 0,
  stale: 0,
  outage: false,
  skew: 'none',
  deploy: false,
  expire: false,
  operator: false,
};

export type Content = 'A' | 'B' | 'telling' | 'flaky' | 'poison' | 'slow';

/** Whether the actions take that content, each time. */
export const isSound = (content: string | undefined): boolean => content !== 'flaky' && content !== 'poison';

/** One thing that a sender does; times are milliseconds from the start. */
export type Arrival = Readonly<{ index: number; at: number; key: string; content: Content | 'delete' }>;

/** All that a run is made of; the same plan tells the same story. */
export type Plan = Readonly<{ seed: string; faults: Faults; arrivals: readonly Arrival[] }>;

const contents: readonly Content[] = ['A', 'A', 'B', 'B', 'telling', 'telling', 'flaky', 'poison', 'slow', 'slow'];
const meanGapMs = 7_000;

/** Draws the weather and the senders' files; deletes come on top of the files asked for. */
export const makePlan = (seed: string, files: number): Plan => {
  const random = createRandom(`plan ${seed}`);
  const share = (most: number): number => (random.share() < 0.3 ? 0 : random.share() * most);
  // One seed in four has no crash and no stall: there nothing but a clock beyond the bound excuses that a sound file is given up.
  const mild = random.share() < 0.25;
  const faults: Faults = {
    lose: share(0.5),
    double: share(0.4),
    short: share(0.4),
    die: mild ? 0 : share(0.03),
    stall: mild ? 0 : share(0.02),
    throttle: share(mild ? 0.15 : 0.06),
    recorded: mild,
    noAnswer: mild ? 0 : share(0.04),
    repeat: share(0.06),
    stale: share(0.2),
    outage: !mild && random.share() < 0.3,
    skew: random.pick(['none', 'within', 'within', 'beyond'] as const),
    deploy: !mild && random.share() < 0.5,
    expire: random.share() < 0.2,
    operator: random.share() < 0.5,
  };
  const hotKeys = random.integer(1, 12);
  const arrivals: Arrival[] = [];
  for (let at = 0, put = 0; put < files;) {
    at += random.integer(0, 2 * meanGapMs);
    const isHot = random.share() < 0.3;
    const key = `incoming/${isHot ? `hot ${String(random.integer(1, hotKeys))}` : String(arrivals.length)}`;
    const content = isHot && random.share() < 0.2 ? 'delete' : random.pick(contents);
    if (content !== 'delete') put += 1;
    arrivals.push({ index: arrivals.length, at, key, content });
  }
  return { seed, faults, arrivals };
};
