import type { RequestLogEntry } from '../offline/contracts.ts';

/** The ledger calls about one item, read off the request log. */
export type LedgerCalls = Readonly<{
  /** Writes of the processor that took effect. */
  writes: number;
  /** Reads of the processor. */
  reads: number;
  /** Writes that made the item `DONE`, by whomever. */
  commits: number;
  /** One of them put notices into the outbox. */
  announces: boolean;
  /** Claims that a verdict refused, and claims that a living owner or a back-off refused. */
  duplicates: number;
  refusedElse: number;
}>;

const processor = 'processor';
const none: LedgerCalls = { writes: 0, reads: 0, commits: 0, announces: false, duplicates: 0, refusedElse: 0 };
const verdicts: ReadonlySet<string | undefined> = new Set(['DONE', 'POISON']);

/** Gathers the DynamoDB calls by the id of the item that they were about. */
export const ledgerCalls = (requests: readonly RequestLogEntry[]): ReadonlyMap<string, LedgerCalls> => {
  const calls = new Map<string, LedgerCalls>();
  for (const request of requests) {
    const id = request.detail?.['key.id'] ?? request.detail?.['set.id'];
    if (request.service === 'dynamodb' && id !== undefined) calls.set(id, counted(calls.get(id) ?? none, request));
  }
  return calls;
};

/** What is known of an item that no call was about. */
export const callsOf = (calls: ReadonlyMap<string, LedgerCalls>, id: string): LedgerCalls => calls.get(id) ?? none;

const counted = (calls: LedgerCalls, { operation, status, accessKeyId, detail = {} }: RequestLogEntry): LedgerCalls => {
  const byProcessor = accessKeyId === processor ? 1 : 0;
  if (operation === 'GetItem') return { ...calls, reads: calls.reads + byProcessor };
  if (status === 200) {
    const commits = detail['set.status'] === 'DONE';
    return {
      ...calls,
      writes: calls.writes + byProcessor,
      commits: calls.commits + (commits ? 1 : 0),
      announces: calls.announces || (commits && detail['set.open'] !== undefined),
    };
  }
  if (detail['set.status'] !== 'PROCESSING') return calls;
  return verdicts.has(detail['old.status'])
    ? { ...calls, duplicates: calls.duplicates + 1 }
    : { ...calls, refusedElse: calls.refusedElse + 1 };
};
