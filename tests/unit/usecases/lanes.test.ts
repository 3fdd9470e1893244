import { inMemoryLaneStore } from '../../support/in-memory-lanes.ts';
import { laneSuite } from '../../support/lane-suite.ts';

describe('the lanes in memory', () => {
  laneSuite(async () => {
    const laneStore = inMemoryLaneStore();
    const pause = async (lane: string): Promise<void> => {
      laneStore.lanes.set(lane, { ...laneStore.lanes.get(lane)!, paused: true });
    };
    return { laneStore, pause };
  });
});
