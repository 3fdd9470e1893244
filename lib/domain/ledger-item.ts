import type { Notice } from './notice.ts';

/**
 * | status | meaning | refuses a claim | leaves by |
 * |---|---|---|---|
 * | `PROCESSING` | owned under a lease | until `leaseUntil + skew` | commit, fail, lease end |
 * | `RETRY` | failed | until `nextAttemptAt` | claim |
 * | `DONE` | verdict: effects committed | yes | – |
 * | `POISON` | verdict: attempts used up, or a permanent error | yes | an operator's replay |
 * | `SUPERSEDED`, `GONE` | a note: when last looked, another object / none stood there | no | claim, attempts from 0 |
 */
export type Status = 'PROCESSING' | 'RETRY' | 'DONE' | 'POISON' | 'SUPERSEDED' | 'GONE';

/** By which route the owner's trigger came. */
export type Via = 'event' | 'queue';

/** An output that an action wrote to the outputs bucket. */
export type Output = Readonly<{ key: string; size: number; contentType: string }>;

/** What the actions recorded, by the name of the action. */
export type Metadata = Readonly<Record<string, unknown>>;

/** One item per file version. Times are epoch milliseconds, but for `expiresAt`, which DynamoDB's TTL wants in seconds. */
export type LedgerItem = Readonly<{
  id: string;
  bucket: string;
  key: string;
  eTag: string;
  size: number;
  /** Absent: never claimed, at most sent by the sweeper. */
  status?: Status;
  /** A random nonce per claim, by which a caller recognises its own write. */
  owner?: string;
  /** Rises by one at each claim. */
  fence: number;
  attempts: number;
  leaseUntil?: number;
  nextAttemptAt?: number;
  /** At most 256 bytes. */
  lastError?: string;
  via?: Via;
  firstSeenAt?: number;
  doneAt?: number;
  lastModified?: number;
  metadata?: Metadata;
  outputs?: readonly Output[];
  /** Notices not yet sent. */
  outbox?: readonly Notice[];
  /** The sweeper's own marks. */
  sentAt?: number;
  sends?: number;
  /** Epoch seconds. Renewed by every write and compared by none. */
  expiresAt: number;
  /** One hex digit, present exactly while the outbox is not empty: the key of the sparse index. */
  open?: string;
}>;
