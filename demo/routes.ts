import type { LedgerEntry, Modes } from './facts.ts';
import { callsOf, type LedgerCalls } from './ledger-calls.ts';

/** What led to a file's being done: the event that S3 sent when it was put, or the sweep that found it. */
export type Route = 'event' | 'sweep';

/**
 * By the sweep: the sweeper has sent the file (its mark is in the request log), and the claim came by what it sent. With
 * `redrive: queue` that is a message; a claim by S3's event came by itself, late. With `redrive: refire` that is an
 * event like any other, so every file that was sent counts. All else came by S3's event, with `ingest: queue` too.
 */
export const routeOf = (
  { id, via }: Pick<LedgerEntry, 'id' | 'via'>,
  calls: ReadonlyMap<string, LedgerCalls>,
  { redrive }: Modes,
): Route => {
  if (callsOf(calls, id).sweeperWrites === 0) return 'event';
  return via === 'event' && redrive === 'queue' ? 'event' : 'sweep';
};
