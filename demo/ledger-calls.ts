import type { RequestLogEntry } from '../offline/contracts.ts';

/** The ledger calls about one item, read off the request log. */
export type LedgerCalls = Readonly<{
  /**
   * Writes that took effect, of the functions that process: claim and commit, one more to clear an outbox, and what a
   * long or failed run adds (renewals, retries, notes).
   */
  writes: number;
  /** Writes of the sweeper: marks that it has sent the file, and outboxes that it cleared in place of a dead owner. */
  sweeperWrites: number;
  /** Reads of the functions that process. */
  reads: number;
  /** Writes that made the item `DONE`, by whomever. */
  commits: number;
  /** One of them put notices into the outbox. */
  announces: boolean;
  /** Claims that a verdict refused, and claims that a living owner or a back-off refused. */
  duplicates: number;
  refusedElse: number;
}>;

/** A file is processed by whoever its trigger reaches: S3 calls the processor, the relay reads the work queue. */
const processing: ReadonlySet<string> = new Set(['processor', 'relay']);
const sweeper = 'sweeper';
/** Lanes stand in the ledger's table and are no files. */
const fileId = /^s3:/;
const none: LedgerCalls = {
  writes: 0,
  sweeperWrites: 0,
  reads: 0,
  commits: 0,
  announces: false,
  duplicates: 0,
  refusedElse: 0,
};
const verdicts: ReadonlySet<string | undefined> = new Set(['DONE', 'POISON']);

/** Gathers the DynamoDB calls by the id of the item that they were about. */
export const ledgerCalls = (requests: readonly RequestLogEntry[]): ReadonlyMap<string, LedgerCalls> => {
  const calls = new Map<string, LedgerCalls>();
  for (const request of requests) {
    const id = request.detail?.['key.id'] ?? request.detail?.['set.id'];
    if (request.service === 'dynamodb' && id !== undefined && fileId.test(id))
      calls.set(id, counted(calls.get(id) ?? none, request));
  }
  return calls;
};

/** What is known of an item that no call was about. */
export const callsOf = (calls: ReadonlyMap<string, LedgerCalls>, id: string): LedgerCalls => calls.get(id) ?? none;

const counted = (calls: LedgerCalls, { operation, status, accessKeyId, detail = {} }: RequestLogEntry): LedgerCalls => {
  const ofProcessing = processing.has(accessKeyId) ? 1 : 0;
  if (operation === 'GetItem') return { ...calls, reads: calls.reads + ofProcessing };
  if (status === 200) {
    const commits = detail['set.status'] === 'DONE';
    return {
      ...calls,
      writes: calls.writes + ofProcessing,
      sweeperWrites: calls.sweeperWrites + (accessKeyId === sweeper ? 1 : 0),
      commits: calls.commits + (commits ? 1 : 0),
      announces: calls.announces || (commits && detail['set.open'] !== undefined),
    };
  }
  if (detail['set.status'] !== 'PROCESSING') return calls;
  return verdicts.has(detail['old.status'])
    ? { ...calls, duplicates: calls.duplicates + 1 }
    : { ...calls, refusedElse: calls.refusedElse + 1 };
};
