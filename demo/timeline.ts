import { nameOf, type Facts } from './facts.ts';
import { ledgerCalls } from './ledger-calls.ts';
import { routeOf, type Route } from './routes.ts';

/** When the files that are done were sent and done, in seconds since the first of all was sent. */
export type Timeline = Readonly<{
  /** How long it took until the last file was done. */
  seconds: number;
  sent: readonly number[];
  done: Readonly<Record<Route, readonly number[]>>;
}>;

/** A timeline at evenly spaced moments, the last of them its end: how many there were by then. */
export type Curves = Readonly<{ sent: readonly number[]; event: readonly number[]; sweep: readonly number[] }>;

/**
 * Reads the times off the senders' clocks and the ledger, of the files that are done. One that was sent twice was sent
 * the first time.
 */
export const timelineOf = ({ sent, ledger, requests, modes }: Facts): Timeline => {
  const calls = ledgerCalls(requests);
  const sentAt = new Map(sent.toReversed().map((version) => [nameOf(version), Date.parse(version.at)]));
  const start = Math.min(...sentAt.values());
  // A small file may be done before its sender has S3's answer.
  const since = (at: number): number => Math.max(0, at - start) / 1000;
  const done: Record<Route, number[]> = { event: [], sweep: [] };
  const sentSeconds: number[] = [];
  for (const entry of ledger) {
    const at = sentAt.get(nameOf(entry));
    if (entry.status !== 'DONE' || entry.doneAt === undefined || at === undefined) continue;
    done[routeOf(entry, calls, modes)].push(since(entry.doneAt));
    sentSeconds.push(since(at));
  }
  const seconds = [...done.event, ...done.sweep].reduce((latest, at) => Math.max(latest, at), 0);
  return { seconds, sent: sentSeconds, done };
};

/** Counts what there was by each of `moments` moments. */
export const curvesOf = ({ seconds, sent, done }: Timeline, moments: number): Curves => {
  const countsOf = (times: readonly number[]): readonly number[] => {
    const counts = Array.from({ length: moments }, () => 0);
    for (const at of times) {
      const moment = seconds === 0 ? 0 : Math.ceil((at / seconds) * moments) - 1;
      const index = Math.min(moments - 1, Math.max(0, moment));
      counts[index] = (counts[index] ?? 0) + 1;
    }
    let sum = 0;
    return counts.map((count) => (sum += count));
  };
  return { sent: countsOf(sent), event: countsOf(done.event), sweep: countsOf(done.sweep) };
};
