import type { LedgerItem } from './ledger-item.ts';

/** The bounds that decide whether an item may be claimed now. */
export type ClaimBounds = Readonly<{ now: number; skewMs: number; maxAttempts: number }>;

/**
 * Whether the item could be claimed if attempts did not count: failed and due, or its owner's lease is over by more
 * than the clock skew.
 */
const isFree = (item: LedgerItem, { now, skewMs }: ClaimBounds): boolean =>
  (item.status === 'RETRY' && (item.nextAttemptAt ?? 0) <= now) ||
  (item.status === 'PROCESSING' && (item.leaseUntil ?? 0) < now - skewMs);

/** The claim's condition. The DynamoDB adapter words the same as a `ConditionExpression`; one contract suite holds both. */
export const isClaimable = (item: LedgerItem | undefined, bounds: ClaimBounds): boolean =>
  item?.status === undefined ||
  item.status === 'SUPERSEDED' ||
  item.status === 'GONE' ||
  (isFree(item, bounds) && item.attempts < bounds.maxAttempts);

/** The condition of bury: claimable, but for its attempts. A crash loop ends here without any `fail`. */
export const isBuriable = (item: LedgerItem | undefined, bounds: ClaimBounds): boolean =>
  item !== undefined && isFree(item, bounds) && item.attempts >= bounds.maxAttempts;

/** What a refused claim means, read off the item that refused it. */
export type Refusal = 'mine' | 'buried-by-me' | 'busy' | 'waiting' | 'bury' | 'duplicate' | 'poison' | 'claimable';

/** The table of refused claims: a lost response shows as `mine`, a change meanwhile as `claimable`. */
export const readRefusal = (item: LedgerItem | undefined, owner: string, bounds: ClaimBounds): Refusal => {
  if (item?.owner === owner && item.status === 'PROCESSING') return 'mine';
  if (item?.owner === owner && item.status === 'POISON') return 'buried-by-me';
  if (isBuriable(item, bounds)) return 'bury';
  switch (item?.status) {
    case 'DONE':
      return 'duplicate';
    case 'POISON':
      return 'poison';
    case 'PROCESSING':
      return isClaimable(item, bounds) ? 'claimable' : 'busy';
    case 'RETRY':
      return isClaimable(item, bounds) ? 'claimable' : 'waiting';
    case 'SUPERSEDED':
    case 'GONE':
    case undefined:
      return 'claimable';
  }
};
