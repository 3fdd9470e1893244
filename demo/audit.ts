import { doubledEffects, wrongEffects } from './effects.ts';
import { nameOf, type Facts, type LedgerEntry, type SentVersion } from './facts.ts';
import { callsOf, ledgerCalls } from './ledger-calls.ts';
import { routeOf } from './routes.ts';

/** Where a file version ended. Each is in exactly one place, so the counts add up to `files`. */
export type Fate =
  /** Effects committed, and out of the inbox. */
  | 'done'
  /** Replaced by its sender before it was read; so it is not processed. */
  | 'superseded'
  /** Deleted by its sender before it was read. */
  | 'gone'
  | 'quarantined'
  /** Stands in the inbox: nobody has answered it, or taken it out. */
  | 'waiting'
  /** Neither in the inbox, nor done, nor quarantined, and its sender did not take it away. */
  | 'lost';

/** What a run came to. */
export type Audit = Readonly<
  Record<Fate, number> & {
    /** Distinct file versions that S3 acknowledged. */
    files: number;
    /** Claims that a verdict refused: doubled events, and files that were sent again. */
    duplicates: number;
    /** Claims that a living owner refused. */
    busy: number;
    /** Files that are done because the sweep found them: {@link routeOf}. */
    foundBySweep: number;
    /** From S3's answer to the put until the ledger says `DONE`, for the file that waited longest. */
    longestWaitSeconds: number;
    /**
     * File versions with two commits, two output objects of one kind, two copies in `bak/`, or two notices with
     * different ids.
     */
    effectsDoubled: number;
    /** Files done whose output, notice or archive is missing, or whose recorded checksum is not that of the bytes sent. */
    effectsWrong: number;
    /** Ledger writes of whoever processed, that took effect, over the files with the verdict `DONE`. */
    ledgerWritesPerFile: number;
    /** The sweeper's ledger writes about files: its marks, mostly. */
    sweeperWrites: number;
    /** Ledger reads of whoever processed, of any file. */
    ledgerReads: number;
    /** Messages that nobody could read or answer. */
    deadLetters: number;
    /** The files that wait, each after what the ledger says of it. */
    waitingFiles: readonly string[];
    /** One line for each thing that is wrong, naming the file. */
    problems: readonly string[];
  }
>;

/** Counts what the facts show. Pure: the same facts, the same audit. */
export const audit = (facts: Facts): Audit => {
  const calls = ledgerCalls(facts.requests);
  const ledger = new Map(facts.ledger.map((entry) => [nameOf(entry), entry]));
  const fates: Record<Fate, number> = { done: 0, superseded: 0, gone: 0, quarantined: 0, waiting: 0, lost: 0 };
  const problems: string[] = [];
  const waitingFiles: string[] = [];
  if (facts.droppedRequests > 0) problems.push(`the request log dropped ${facts.droppedRequests} entries`);

  const sent = lastOfEach(facts.sent);
  const places = placesOf(facts);
  for (const [name, version] of sent) {
    const status = ledger.get(name)?.status;
    const fate = fateOf(version, status, places);
    fates[fate] += 1;
    if (fate === 'waiting') waitingFiles.push(`${status ?? 'not in the ledger'}: ${name}`);
    if (fate === 'waiting') problems.push(`waiting: ${name}`);
    if (fate === 'lost') problems.push(`lost: ${name}`);
  }

  const doubled = doubledEffects(facts, calls);
  const wrong = wrongEffects(facts, calls, sent);
  problems.push(...doubled.problems, ...wrong.problems);

  const done = facts.ledger.filter(({ status }) => status === 'DONE');
  const writes = done.reduce((sum, { id }) => sum + callsOf(calls, id).writes, 0);
  const all = [...calls.values()];
  return {
    files: sent.size,
    ...fates,
    duplicates: all.reduce((sum, { duplicates }) => sum + duplicates, 0),
    busy: all.reduce((sum, { refusedElse }) => sum + refusedElse, 0),
    foundBySweep: done.filter((entry) => routeOf(entry, calls, facts.modes) === 'sweep').length,
    longestWaitSeconds: longestWaitSeconds(done, facts.sent),
    effectsDoubled: doubled.files.size,
    effectsWrong: wrong.files.size,
    ledgerWritesPerFile: done.length === 0 ? 0 : Math.round((writes / done.length) * 100) / 100,
    sweeperWrites: all.reduce((sum, { sweeperWrites }) => sum + sweeperWrites, 0),
    ledgerReads: all.reduce((sum, { reads }) => sum + reads, 0),
    deadLetters: facts.deadLetters,
    waitingFiles,
    problems,
  };
};

/** Whether the run kept the promise. */
export const isClean = ({ lost, waiting, effectsDoubled, effectsWrong, problems }: Audit): boolean =>
  lost === 0 && waiting === 0 && effectsDoubled === 0 && effectsWrong === 0 && problems.length === 0;

/** A version that was sent twice is one version; the sender's last word about it counts. */
const lastOfEach = (sent: readonly SentVersion[]): ReadonlyMap<string, SentVersion> =>
  new Map(sent.map((version) => [nameOf(version), version]));

type Places = Readonly<{ inbox: ReadonlySet<string>; quarantine: ReadonlySet<string> }>;

const placesOf = ({ inbox, quarantine }: Facts): Places => ({
  inbox: new Set(inbox.map(nameOf)),
  quarantine: new Set(quarantine.filter(({ fileStands }) => fileStands).map(nameOf)),
});

const fateOf = (version: SentVersion, status: string | undefined, { inbox, quarantine }: Places): Fate => {
  const name = nameOf(version);
  if (inbox.has(name)) return 'waiting';
  if (status === 'DONE') return 'done';
  if (quarantine.has(name)) return 'quarantined';
  if (version.fate === 'overwritten') return 'superseded';
  if (version.fate === 'deleted') return 'gone';
  return 'lost';
};

/** A file that was sent twice has waited since the first time. Where S3's answer came after the commit, nobody waited. */
const longestWaitSeconds = (done: readonly LedgerEntry[], sent: readonly SentVersion[]): number => {
  const sentAt = new Map(sent.toReversed().map((version) => [nameOf(version), Date.parse(version.at)]));
  const waits = done.map((entry) => (entry.doneAt ?? 0) - (sentAt.get(nameOf(entry)) ?? Infinity));
  return Math.round(waits.reduce((longest, wait) => Math.max(longest, wait), 0) / 100) / 10;
};
