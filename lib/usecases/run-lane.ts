import { describeError, LeaseLostError } from '../domain/errors.ts';
import type { Baton, LaneItem } from '../domain/lane.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { LaneMemory, LaneStore } from '../ports/lane-store.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import { keepLease } from './keep-lease.ts';

/** All that running a lane needs from outside. */
export type LaneDependencies = Readonly<{
  laneStore: LaneStore;
  invoker: Invoker;
  clock: Clock;
  entropy: Entropy;
  log: Log;
  metrics: Metrics;
}>;

/** How a run of a lane ended. */
export type LaneOutcome =
  /** There was nothing more to do. */
  | 'finished'
  /** Time was up: the baton went on to the next run. */
  | 'handed-on'
  /** A budget was spent, of hops or of messages: the next tick goes on. */
  | 'budget'
  /** AWS throttles or refuses our calls: the next tick goes on. */
  | 'throttled'
  /** Time was up and the baton could not be handed on: the next tick goes on. */
  | 'baton-lost'
  /** An operator has paused the lane. */
  | 'paused'
  /** Another run holds the lane, or the baton was doubled or late. */
  | 'not-mine'
  /** The lease was lost while working. */
  | 'lost';

/** How a step ended: whether there is more to do, and if so whether this run goes on with it. */
export type Progress = 'more' | Extract<LaneOutcome, 'finished' | 'budget' | 'throttled'>;

/** A lane while it is held. */
export type HeldLane = Readonly<{
  /** What the lane remembers; changed by `remember`. */
  memory(): LaneMemory;
  /**
   * Keeps it for the next renewal or release; `now` saves it at once.
   * @throws {LeaseLostError} when it is to be saved and another run has taken over
   */
  remember(memory: LaneMemory, when: 'now' | 'later'): Promise<void>;
  signal: AbortSignal;
}>;

/** One run: which lane, woken by a tick (no baton) or a baton, and for how long. */
export type LaneRun = Readonly<{
  lane: string;
  baton: Baton | undefined;
  deadlineAt: number;
  maxHops: number;
  leaseMs: number;
  skewMs: number;
  /** Does a bounded piece of work, and says whether to go on. */
  step(held: HeldLane): Promise<Progress>;
  /** Ends what the steps have left going on; the lane is let go only after it. */
  close?(): Promise<void>;
}>;

/**
 * Runs a lane alone: claims it, works step by step until there is nothing more or time is up, then releases it and, if
 * work is left, hands the baton on. Hand-over is a release, so a crash between the two costs one tick.
 */
export const runLane = async (dependencies: LaneDependencies, run: LaneRun): Promise<LaneOutcome> => {
  const owner = dependencies.entropy.nonce();
  const claimed = await claimLane(dependencies, run, owner);
  if (claimed === undefined) return 'not-mine';
  const outcome = await workInLane(dependencies, run, owner, claimed);
  dependencies.log.info('lane ended', { lane: run.lane, outcome, hop: claimed.hop, fence: claimed.fence });
  // A run that ended is the lane's heartbeat; one that threw is none.
  dependencies.metrics.record(
    {
      runs: 1,
      hops: claimed.hop,
      budgetsSpent: outcome === 'budget' ? 1 : 0,
      batonsLost: outcome === 'baton-lost' ? 1 : 0,
    },
    { lane: run.lane.slice('lane/'.length) },
  );
  return outcome;
};

const claimLane = async (
  { laneStore, clock, log }: LaneDependencies,
  { lane, baton, leaseMs, skewMs }: LaneRun,
  owner: string,
): Promise<LaneItem | undefined> => {
  const now = clock.now();
  const answer = await laneStore.claim({ lane, owner, leaseUntil: now + leaseMs, now, skewMs, baton });
  // A refusal by my own nonce is a claim whose response was lost.
  if (answer.written || answer.item?.owner === owner) return answer.item;
  log.info('lane is not free', { lane, baton: baton?.fence, fence: answer.item?.fence, paused: answer.item?.paused });
  return undefined;
};

const workInLane = async (
  dependencies: LaneDependencies,
  run: LaneRun,
  owner: string,
  item: LaneItem,
): Promise<LaneOutcome> => {
  const { laneStore, clock, log } = dependencies;
  const { lane } = run;
  let memory: LaneMemory = memoryOf(item);
  /** The kill switch, as the lane's own item last showed it. */
  const seen = { paused: false };
  const renew = async (leaseUntil: number): Promise<boolean> => {
    const answer = await laneStore.renew({ lane, owner, leaseUntil, memory });
    seen.paused = answer.item?.paused === true;
    return answer.written || answer.item?.owner === owner;
  };
  const lease = keepLease(clock, run, {
    holds: lane,
    leaseUntil: item.leaseUntil ?? 0,
    renew,
  });
  const held: HeldLane = {
    memory: () => memory,
    async remember(changed, when) {
      memory = changed;
      if (when === 'now' && !(await renew(clock.now() + run.leaseMs))) {
        throw new LeaseLostError(`another run has taken over ${lane}`);
      }
    },
    signal: lease.signal,
  };
  try {
    let progress: Progress = 'more';
    try {
      while (progress === 'more' && !seen.paused && clock.now() < run.deadlineAt) {
        lease.signal.throwIfAborted();
        progress = await run.step(held);
      }
    } finally {
      await run.close?.();
    }
    lease.stop();
    if (progress === 'more' && !seen.paused) return await handOn(dependencies, run, owner, item, memory);
    await laneStore.release({ lane, owner, hop: 0, memory });
    return progress === 'more' ? 'paused' : progress;
  } catch (error) {
    if (!(error instanceof LeaseLostError) && !lease.signal.aborted) {
      // The lane is let go, so that the next tick need not wait for the lease; the error is the caller's.
      await laneStore.release({ lane, owner, hop: 0, memory });
      throw error;
    }
    log.warn('lane was lost', { lane, error: describeError(error) });
    return 'lost';
  } finally {
    lease.stop();
  }
};

const handOn = async (
  { laneStore, invoker, log }: LaneDependencies,
  { lane, maxHops }: LaneRun,
  owner: string,
  item: LaneItem,
  memory: LaneMemory,
): Promise<LaneOutcome> => {
  const hop = item.hop + 1;
  const spent = hop >= maxHops;
  const released = await laneStore.release({ lane, owner, hop: spent ? 0 : hop, memory });
  if (!released.written && released.item?.fence !== item.fence) return 'lost';
  if (spent) return 'budget';
  try {
    await invoker.handOn({ lane, fence: item.fence });
    return 'handed-on';
  } catch (error) {
    log.warn('the baton could not be handed on; the next tick goes on', { lane, error: describeError(error) });
    return 'baton-lost';
  }
};

const memoryOf = ({ cursor, backlogMs }: LaneItem): LaneMemory => ({
  ...(cursor !== undefined && { cursor }),
  ...(backlogMs !== undefined && { backlogMs }),
});
