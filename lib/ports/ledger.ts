import type { ClaimBounds } from '../domain/claim.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem, Via } from '../domain/ledger-item.ts';
import type { Notice } from '../domain/notice.ts';
import type { Result } from '../domain/result.ts';

/**
 * The answer of one conditional write: the whole item as it now is, or the item that refused it (`undefined` where there is
 * none). A refusal may come from one's own write whose response was lost: look at `owner`.
 */
export type Answer =
  Readonly<{ written: true; item: LedgerItem }> | Readonly<{ written: false; item: LedgerItem | undefined }>;

/** Who writes: the file version and the nonce of the claim. */
export type Ownership = Readonly<{ file: FileVersion; owner: string }>;

/**
 * The ledger. Each transition is exactly one conditional write; each renews `expiresAt`. Times are epoch milliseconds
 * and come from the caller.
 *
 * All throw {@link ServiceUnavailableError} for throttles, timeouts and 5xx (the write may have taken effect),
 * {@link AccessDeniedError} for 403.
 */
export type Ledger = Readonly<{
  /** Claimable → `PROCESSING`: owner, fence + 1, attempts + 1, lease. Condition: `isClaimable`. */
  claim(by: Ownership & { via: Via; leaseUntil: number; bounds: ClaimBounds }): Promise<Answer>;
  /** Claimable but for its attempts → `POISON` with its notice in the outbox. Condition: `isBuriable`. */
  bury(
    by: Ownership & { leaseUntil: number; lastError: string; outbox: readonly Notice[]; bounds: ClaimBounds },
  ): Promise<Answer>;
  /** Moves `leaseUntil`. Condition, as for all that follow: `PROCESSING` and owner is me. */
  renew(by: Ownership & { leaseUntil: number; now: number }): Promise<Answer>;
  /** → `DONE` with everything the actions recorded; owner and lease stay. */
  commit(by: Ownership & { now: number; result: Result; lastModified?: number }): Promise<Answer>;
  /** → `RETRY`, due at `nextAttemptAt`; `giveBack` takes the attempt off again. */
  retry(by: Ownership & { now: number; nextAttemptAt: number; lastError: string; giveBack: boolean }): Promise<Answer>;
  /** → `POISON` with its notice in the outbox; owner and lease stay. */
  poison(by: Ownership & { now: number; lastError: string; outbox: readonly Notice[] }): Promise<Answer>;
  /** → `SUPERSEDED` or `GONE`, attempts back to 0. */
  note(by: Ownership & { now: number; status: 'SUPERSEDED' | 'GONE' }): Promise<Answer>;
  /** `POISON` → `GONE`, attempts 0, once the lease is over: an operator gives the file another life. */
  replay(by: { file: FileVersion; now: number; skewMs: number }): Promise<Answer>;
  /** The items of these files, by id; a file without an item is absent. A hundred a call. */
  readAll(files: readonly FileVersion[]): Promise<ReadonlyMap<string, LedgerItem>>;
  /** Every item that still holds an outbox: one walk over the sparse `open` index, nearly empty by construction. */
  readOpen(): Promise<readonly LedgerItem[]>;
  /** The sweeper's own mark: `sentAt`, `sends + 1`. Without a condition, and never `status`. */
  markSent(by: { file: FileVersion; now: number }): Promise<void>;
  /** Removes `outbox` and `open`. Condition: a verdict, and `owner` is still the one whose outbox was sent. */
  clearOutbox(by: Ownership & { now: number }): Promise<Answer>;
}>;
