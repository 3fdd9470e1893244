/**
 * A lane: the right to run one thing alone (a sweep, a drain), as an item of the ledger table. It carries a lease, a
 * fence, a hop count and what its runner must remember from hop to hop. It never expires.
 */
export type LaneItem = Readonly<{
  /** `lane/…`, which no file version's id begins with. */
  id: string;
  owner?: string;
  /** Rises by one at each claim. */
  fence: number;
  /** Epoch ms; 0 once released. */
  leaseUntil?: number;
  /** How often the baton was handed on since a schedule's tick: a budget, never a condition. */
  hop: number;
  /** An operator's kill switch: nobody claims a paused lane. */
  paused?: boolean;
  /** The sweep: the last key of the page that was begun. Absent at the start of a pass. */
  cursor?: string;
  /** The relay: how old the message was that it received last; 0 once it has seen the queue empty. */
  backlogMs?: number;
}>;

/**
 * What a runner hands to its successor: the fence that it has just released. A baton that is doubled or late meets
 * another fence and changes nothing.
 */
export type Baton = Readonly<{ lane: string; fence: number }>;

/**
 * The condition of a claim. A tick claims a lane whose lease is over; a baton only if, besides, nobody has claimed the
 * lane since the baton was made. The DynamoDB adapter words the same; one contract suite holds both.
 */
export const isLaneFree = (
  item: LaneItem | undefined,
  { now, skewMs, baton }: { now: number; skewMs: number; baton: Baton | undefined },
): boolean => {
  if (item === undefined) return baton === undefined;
  if (item.paused === true || (item.leaseUntil ?? 0) >= now - skewMs) return false;
  return baton === undefined || item.fence === baton.fence;
};

const maxBacklogMs = 60 * 60 * 1000;

/** A relay that stopped long ago must not excuse lost events for ever: an hour at most. */
export const boundedBacklogMs = (item: LaneItem | undefined): number => Math.min(maxBacklogMs, item?.backlogMs ?? 0);
