import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import type { LaneStore } from '../../lib/ports/lane-store.ts';
import { contractCases, type Differences, type MakeContractWorld } from './contract-world.ts';

const lane = 'lane/test';
const at = 1_000_000;
const claim = (laneStore: LaneStore, owner: string, now = at) =>
  laneStore.claim({ lane, owner, now, leaseUntil: now + 1_000, skewMs: 500, baton: undefined });

/** What a store of lanes must do on a bad line, for the fake and the adapter alike. */
export const laneFaultsSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('shows a claim whose response was lost as a refusal by one’s own, and repeats the rest', async (world) => {
    const { laneStore } = world.ports;
    const lost = <T>(call: () => Promise<T>): Promise<T> => {
      world.loseNextResponse('laneStore');
      return call();
    };
    expect(await lost(() => claim(laneStore, 'one'))).toMatchObject({
      written: false,
      item: { owner: 'one', fence: 1 },
    });
    const by = { lane, owner: 'one', memory: { cursor: 'page 2', backlogMs: 7 } };
    const renewed = await lost(() => laneStore.renew({ ...by, leaseUntil: at + 2_000 }));
    expect(renewed).toMatchObject({ written: true, item: { leaseUntil: at + 2_000, cursor: 'page 2' } });
    expect(await lost(() => laneStore.backlogMs(lane))).toBe(7);
    const released = await lost(() => laneStore.release({ ...by, hop: 1 }));
    expect(released).toMatchObject({ written: true, item: { leaseUntil: 0, hop: 1, fence: 1 } });
  });

  holds('is unavailable while it is throttled, and has written nothing', async (world) => {
    const { laneStore } = world.ports;
    const { item } = await claim(laneStore, 'one');
    const by = { lane, owner: 'one', memory: { cursor: 'page 2' } };
    for (const call of [
      () => claim(laneStore, 'two', at + 1e9),
      () => laneStore.renew({ ...by, leaseUntil: at + 2_000 }),
      () => laneStore.release({ ...by, hop: 1 }),
      () => laneStore.backlogMs(lane),
    ]) {
      world.throttleNext('laneStore');
      await expect(call()).rejects.toThrow(ServiceUnavailableError);
    }
    expect(await claim(laneStore, 'two')).toEqual({ written: false, item });
  });

  holds('tells how far behind a lane is, an hour at most, and 0 of one that never ran', async (world) => {
    const { laneStore } = world.ports;
    expect(await laneStore.backlogMs(lane)).toBe(0);
    await claim(laneStore, 'one');
    for (const [backlogMs, told] of [
      [5, 5],
      [7_200_000, 3_600_000],
    ] as const) {
      await laneStore.renew({ lane, owner: 'one', leaseUntil: at, memory: { backlogMs } });
      expect(await laneStore.backlogMs(lane)).toBe(told);
    }
  });
};
