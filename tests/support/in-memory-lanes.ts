import { boundedBacklogMs, isLaneFree, type Baton, type LaneItem } from '../../lib/domain/lane.ts';
import type { Invoker } from '../../lib/ports/invoker.ts';
import type { LaneAnswer, LaneMemory, LaneStore } from '../../lib/ports/lane-store.ts';

/** The lanes as a map: the same conditions as on DynamoDB, held to the same contract suite. */
export const inMemoryLaneStore = (): LaneStore & { lanes: Map<string, LaneItem> } => {
  const lanes = new Map<string, LaneItem>();
  const writeOwned = async (
    { lane, owner, memory }: { lane: string; owner: string; memory: LaneMemory },
    change: Partial<LaneItem>,
  ): Promise<LaneAnswer> => {
    const old = lanes.get(lane);
    if (old?.owner !== owner) return { written: false, item: old };
    const { id, fence, leaseUntil = 0, hop, paused = false } = old;
    const item = { id, owner, fence, leaseUntil, hop, ...(paused && { paused }), ...memory, ...change };
    lanes.set(lane, item);
    return { written: true, item };
  };
  return {
    lanes,
    backlogMs: async (lane) => boundedBacklogMs(lanes.get(lane)),
    async claim({ lane, owner, leaseUntil, now, skewMs, baton }) {
      const old = lanes.get(lane);
      if (!isLaneFree(old, { now, skewMs, baton })) return { written: false, item: old };
      const hop = baton === undefined ? 0 : (old?.hop ?? 0);
      const item = { ...old, id: lane, owner, leaseUntil, fence: (old?.fence ?? 0) + 1, hop };
      lanes.set(lane, item);
      return { written: true, item };
    },
    renew: (by) => writeOwned(by, { leaseUntil: by.leaseUntil }),
    release: (by) => writeOwned(by, { leaseUntil: 0, hop: by.hop }),
  };
};

/** Keeps every baton that was handed on. */
export const recordingInvoker = (): Invoker & { batons: Baton[] } => {
  const batons: Baton[] = [];
  return { batons, handOn: async (baton) => void batons.push(baton) };
};
