import type { LedgerItem } from './ledger-item.ts';

/** What the sweeper does about an object that stands in the inbox. */
export type SweepDecision =
  /** Nobody is at it: send it to whoever processes. */
  | 'send'
  /** The verdict stands, the object still does: carry it out. */
  | 'finish'
  /** Somebody is at it, or was asked to be. */
  | 'leave';

/** Bounds of the decision. `resendMs` is the wait after the first send; it doubles with each, up to an hour. */
export type SweepBounds = Readonly<{ now: number; skewMs: number; resendMs: number }>;

const maxResendMs = 60 * 60 * 1000;

/** Decides by the ledger's item alone. A stale view costs a spare message or a refused pinned call, nothing else. */
export const sweepDecision = (item: LedgerItem | undefined, bounds: SweepBounds): SweepDecision => {
  const { now, skewMs } = bounds;
  switch (item?.status) {
    case 'DONE':
    case 'POISON':
      return 'finish';
    case 'PROCESSING':
      return (item.leaseUntil ?? 0) < now - skewMs ? sendUnlessSent(item, bounds) : 'leave';
    case 'RETRY':
      return (item.nextAttemptAt ?? 0) <= now ? sendUnlessSent(item, bounds) : 'leave';
    case 'SUPERSEDED':
    case 'GONE':
    case undefined:
      return sendUnlessSent(item, bounds);
  }
};

/** A queue may be slow or paused: what was sent is not sent again before a growing interval is over. */
const sendUnlessSent = (item: LedgerItem | undefined, { now, resendMs }: SweepBounds): SweepDecision => {
  if (item?.sentAt === undefined) return 'send';
  const wait = Math.min(maxResendMs, resendMs * 2 ** Math.max(0, (item.sends ?? 1) - 1));
  return item.sentAt + wait <= now ? 'send' : 'leave';
};
