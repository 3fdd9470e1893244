import type { LaneStore } from '../../lib/ports/lane-store.ts';

const skewMs = 500;

/** What a store of lanes must do, for the fake and the adapter alike. */
export const laneSuite = (
  makeStore: () => Promise<{ laneStore: LaneStore; pause(lane: string): Promise<void> }>,
): void => {
  const claimOf = (store: LaneStore, owner: string, now: number, fence?: number) =>
    store.claim({
      lane: 'lane/test',
      owner,
      now,
      leaseUntil: now + 1_000,
      skewMs,
      baton: fence === undefined ? undefined : { lane: 'lane/test', fence },
    });
  const release = (store: LaneStore, owner: string, hop: number, cursor?: string) =>
    store.release({ lane: 'lane/test', owner, hop, memory: cursor === undefined ? {} : { cursor } });

  it('gives a lane to one runner; another tick is refused until lease + skew are over', async () => {
    const { laneStore } = await makeStore();
    expect(await claimOf(laneStore, 'one', 10_000)).toMatchObject({ written: true, item: { fence: 1, hop: 0 } });
    expect(await claimOf(laneStore, 'two', 11_500)).toMatchObject({ written: false, item: { owner: 'one' } });
    expect(await claimOf(laneStore, 'two', 11_501)).toMatchObject({ written: true, item: { fence: 2, owner: 'two' } });
    expect(await release(laneStore, 'one', 1)).toMatchObject({ written: false, item: { owner: 'two' } });
  });

  it('lets a baton claim once, right after the release that made it', async () => {
    const { laneStore } = await makeStore();
    await claimOf(laneStore, 'one', 10_000);
    expect(await claimOf(laneStore, 'early', 10_001, 1)).toMatchObject({ written: false });
    await release(laneStore, 'one', 1, 'page 2');
    expect(await claimOf(laneStore, 'two', 10_002, 1)).toMatchObject({
      written: true,
      item: { fence: 2, hop: 1, cursor: 'page 2' },
    });
    await release(laneStore, 'two', 2);
    expect(await claimOf(laneStore, 'doubled', 10_003, 1)).toMatchObject({ written: false, item: { fence: 2 } });
    expect(await claimOf(laneStore, 'three', 10_003, 2)).toMatchObject({ written: true, item: { fence: 3, hop: 2 } });
  });

  it('starts the hops anew at a tick, and keeps the cursor for it', async () => {
    const { laneStore } = await makeStore();
    await claimOf(laneStore, 'one', 10_000);
    await release(laneStore, 'one', 7, 'page 9');
    expect(await claimOf(laneStore, 'two', 10_001)).toMatchObject({
      written: true,
      item: { hop: 0, cursor: 'page 9' },
    });
    await release(laneStore, 'two', 0);
    const third = await claimOf(laneStore, 'three', 10_002);
    expect(third.item).not.toHaveProperty('cursor');
  });

  it('moves the lease and saves the memory in one write, for its owner alone', async () => {
    const { laneStore } = await makeStore();
    await claimOf(laneStore, 'one', 10_000);
    const renewal = { lane: 'lane/test', leaseUntil: 20_000, memory: { cursor: 'page 2', backlogMs: 5 } };
    expect(await laneStore.renew({ ...renewal, owner: 'one' })).toMatchObject({
      written: true,
      item: { leaseUntil: 20_000, cursor: 'page 2', backlogMs: 5 },
    });
    expect(await laneStore.renew({ ...renewal, owner: 'two' })).toMatchObject({ written: false });
  });

  it('refuses ticks and batons while an operator has paused it', async () => {
    const { laneStore, pause } = await makeStore();
    await claimOf(laneStore, 'one', 10_000);
    await release(laneStore, 'one', 1);
    await pause('lane/test');
    expect(await claimOf(laneStore, 'two', 10_001)).toMatchObject({ written: false, item: { paused: true } });
    expect(await claimOf(laneStore, 'two', 10_001, 1)).toMatchObject({ written: false });
  });

  it('refuses a baton where there is no lane', async () => {
    const { laneStore } = await makeStore();
    expect(await claimOf(laneStore, 'one', 10_000, 1)).toEqual({ written: false, item: undefined });
  });
};
