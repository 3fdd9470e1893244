import { ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import type { Baton } from '../../../lib/domain/lane.ts';
import { runLane, type LaneDependencies, type LaneRun } from '../../../lib/usecases/run-lane.ts';
import { inMemoryLaneStore, recordingInvoker } from '../../support/in-memory-lanes.ts';
import { recordedPorts } from '../../support/world.ts';

const lane = 'lane/test';
const maxHops = 3;

/** A lane with work that never ends, and time for one step a run. */
const laneOf = (change: Partial<LaneRun> = {}) => {
  const ports = recordedPorts();
  const laneStore = inMemoryLaneStore();
  const invoker = recordingInvoker();
  const dependencies: LaneDependencies = { ...ports, laneStore, invoker };
  const run = (baton?: Baton, more: Partial<LaneDependencies> = {}) => {
    let steps = 0;
    const { clock } = ports;
    return runLane(
      { ...dependencies, clock: { ...clock, now: () => clock.now() + steps }, ...more },
      {
        lane,
        baton,
        deadlineAt: clock.now() + 1,
        maxHops,
        leaseMs: 45_000,
        skewMs: 5_000,
        step: async () => ((steps += 1), 'more'),
        ...change,
      },
    );
  };
  return { ...ports, laneStore, invoker, run, item: () => laneStore.lanes.get(lane)! };
};

describe('a run of a lane', () => {
  it('has released the lane when the baton goes out', async () => {
    const { run, item, laneStore } = laneOf();
    const seen: unknown[] = [];
    const invoker = { handOn: async (baton: Baton) => void seen.push([baton, laneStore.lanes.get(lane)?.leaseUntil]) };
    expect(await run(undefined, { invoker })).toBe('handed-on');
    expect(seen).toEqual([[{ lane, fence: 1 }, 0]]);
    expect(item()).toMatchObject({ fence: 1, hop: 1, leaseUntil: 0 });
  });

  it('passes on only so many batons a tick, however much work there is', async () => {
    const { run, item, invoker } = laneOf();
    const outcomes: string[] = [await run()];
    // More than the budget: a lane without one must not keep this test busy for ever.
    for (let hop = 1; hop <= 2 * maxHops && invoker.batons.length === hop; hop += 1) {
      outcomes.push(await run(invoker.batons[hop - 1]));
    }
    expect(outcomes).toEqual(['handed-on', 'handed-on', 'budget']);
    expect(item()).toMatchObject({ hop: 0, leaseUntil: 0 });
    expect(await run()).toBe('handed-on');
  });

  it('that cannot hand on says so, and does not say that its budget is spent', async () => {
    const { run, item, metrics } = laneOf();
    const handOn = async (): Promise<never> => Promise.reject(new Error('TooManyRequestsException'));
    expect(await run(undefined, { invoker: { handOn } })).toBe('baton-lost');
    expect(metrics.recorded).toEqual([{ runs: 1, hops: 0, budgetsSpent: 0, batonsLost: 1, lane: 'test' }]);
    expect(item()).toMatchObject({ leaseUntil: 0 });
  });

  it('recognises its own claim when the response was lost', async () => {
    const { run, laneStore } = laneOf({ step: async () => 'finished' });
    const claim: typeof laneStore.claim = async (by) => {
      await laneStore.claim(by);
      return laneStore.claim(by);
    };
    expect(await run(undefined, { laneStore: { ...laneStore, claim } })).toBe('finished');
  });

  it('that was overtaken before its release hands nothing on', async () => {
    const { run, invoker, laneStore, item } = laneOf();
    const release: typeof laneStore.release = async (by) => {
      laneStore.lanes.set(lane, { ...item(), owner: 'another', fence: 2 });
      return laneStore.release(by);
    };
    expect(await run(undefined, { laneStore: { ...laneStore, release } })).toBe('lost');
    expect(invoker.batons).toEqual([]);
  });

  it('whose work fails lets the lane go, and throws on', async () => {
    const { run, item } = laneOf({ step: () => Promise.reject(new ServiceUnavailableError('S3 is slow')) });
    await expect(run()).rejects.toThrow('S3 is slow');
    expect(item()).toMatchObject({ leaseUntil: 0, hop: 0 });
  });

  it('stops at its next step when the lane is taken over, and touches it no more', async () => {
    const { clock, laneStore, item, ...world } = laneOf({
      step: async (held) => {
        laneStore.lanes.set(lane, { ...item(), owner: 'another', fence: 2, leaseUntil: clock.now() + 45_000 });
        await clock.advance(45_000 / 2);
        return held.signal.aborted ? 'more' : 'finished';
      },
      deadlineAt: Infinity,
    });
    expect(await world.run()).toBe('lost');
    expect(item()).toMatchObject({ owner: 'another', leaseUntil: clock.now() + 45_000 / 2 });
    expect(world.invoker.batons).toEqual([]);
  });

  it('ends when an operator pauses the lane, at the next renewal', async () => {
    const { laneStore, item, run, invoker } = laneOf({
      deadlineAt: Infinity,
      step: async (held) => {
        laneStore.lanes.set(lane, { ...item(), paused: true });
        await held.remember({}, 'now');
        return 'more';
      },
    });
    expect(await run()).toBe('paused');
    expect(item()).toMatchObject({ paused: true, leaseUntil: 0 });
    expect(invoker.batons).toEqual([]);
    expect(await run()).toBe('not-mine');
  });
});
