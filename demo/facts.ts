import type { RequestLogEntry } from '../offline/contracts.ts';

/** What makes a file version: the four fields that S3 events and listings carry. */
export type Version = Readonly<{ bucket: string; key: string; eTag: string; size: number }>;

/** One put that S3 acknowledged, as its sender remembers it. */
export type SentVersion = Version &
  Readonly<{
    versionId: string | undefined;
    operation: 'PutObject' | 'CompleteMultipartUpload';
    /** SHA-256 of the bytes that were sent, in hexadecimal. */
    sha256: string;
    /** When its sender had S3's answer, ISO 8601. */
    at: string;
    /** What its own sender did with it afterwards. */
    fate: 'kept' | 'overwritten' | 'deleted';
  }>;

/** An item of the ledger, as far as the audit reads it. */
export type LedgerEntry = Version &
  Readonly<{
    id: string;
    status?: string;
    /** By which route its last claim came. */
    via?: string;
    /** Epoch milliseconds. */
    doneAt?: number;
    /** When S3 says that the object was written, epoch milliseconds. */
    lastModified?: number;
    open?: string;
    lastError?: string;
    metadata?: Readonly<Record<string, unknown>>;
    outputs?: readonly Readonly<{ key: string; size: number }>[];
  }>;

/** A `reason.json` in quarantine, and whether the file itself stands beside it. */
export type Quarantined = Version & Readonly<{ fileStands: boolean }>;

/** A message of the notices queue. */
export type ReceivedNotice = Readonly<{ id: string; kind: string; fileId: string }>;

/** How the service of this run was set, as far as the audit must know it. */
export type Modes = Readonly<{ redrive: 'queue' | 'refire'; archive: 'versions' | 'bak' }>;

/** All that the audit looks at. None of it is the processor's own word about itself. */
export type Facts = Readonly<{
  modes: Modes;
  sent: readonly SentVersion[];
  /** Current objects under the inbox prefix. */
  inbox: readonly Version[];
  quarantine: readonly Quarantined[];
  /** What stands in the archive: every version under the inbox prefix, or the current objects in `bak/`. */
  archived: readonly Version[];
  /** Every version of every object, but for delete markers. */
  outputs: readonly Version[];
  ledger: readonly LedgerEntry[];
  requests: readonly RequestLogEntry[];
  /** Entries that the request log no longer held: more than none, and commits may have gone unseen. */
  droppedRequests: number;
  notices: readonly ReceivedNotice[];
  /** Messages that nobody could read or answer. */
  deadLetters: number;
}>;

/** The name of a version in maps and messages; the audit's own, so that a wrong id in the ledger shows. */
export const nameOf = ({ bucket, key, eTag, size }: Version): string => JSON.stringify([bucket, key, eTag, size]);
