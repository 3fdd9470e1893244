import { createHash } from 'node:crypto';
import { nameOf, type Facts, type LedgerEntry, type SentVersion } from './facts.ts';
import { callsOf, ledgerCalls, type LedgerCalls } from './ledger-calls.ts';

/** Where a file version ended. Each is in exactly one place, so the counts add up to `files`. */
export type Fate =
  /** Effects committed, and out of the inbox. */
  | 'done'
  /** Replaced by its sender before it was read; so it is not processed. */
  | 'superseded'
  /** Deleted by its sender before it was read. */
  | 'gone'
  | 'quarantined'
  /** Stands in the inbox: its event was lost, or it was sent again and that event was lost. */
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
    /** File versions with two commits, two output objects of one kind, or two notices with different ids. */
    effectsDoubled: number;
    /** Files done whose output or notice is missing, or whose recorded checksum is not that of the bytes sent. */
    effectsWrong: number;
    /** The processor's ledger writes that took effect, over the files with the verdict `DONE`. */
    ledgerWritesPerFile: number;
    /** The processor's ledger reads, of any file. */
    ledgerReads: number;
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
    effectsDoubled: doubled.files.size,
    effectsWrong: wrong.files.size,
    ledgerWritesPerFile: done.length === 0 ? 0 : Math.round((writes / done.length) * 100) / 100,
    ledgerReads: all.reduce((sum, { reads }) => sum + reads, 0),
    waitingFiles,
    problems,
  };
};

/** Whether the run kept the promise. */
export const isClean = ({ lost, effectsDoubled, effectsWrong, problems }: Audit): boolean =>
  lost === 0 && effectsDoubled === 0 && effectsWrong === 0 && problems.length === 0;

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

/** Files, by id, of which something is wrong, and what. */
type Findings = Readonly<{ files: ReadonlySet<string>; problems: readonly string[] }>;

const findings = (found: readonly (readonly [file: string, what: string])[]): Findings => ({
  files: new Set(found.map(([file]) => file)),
  problems: found.map(([file, what]) => `${what}: ${file}`),
});

const doubledEffects = (facts: Facts, calls: ReadonlyMap<string, LedgerCalls>): Findings => {
  const idByHash = new Map(facts.ledger.map(({ id }) => [hashOf(id), id]));
  const outputs = facts.outputs.map(({ key, eTag }) => {
    const { folder, hash } = outputParts(key);
    return {
      group: `${folder} ${idByHash.get(hash) ?? key}`,
      file: idByHash.get(hash) ?? key,
      effect: `${key} ${eTag}`,
    };
  });
  const notices = facts.notices.map(({ id, kind, fileId }) => ({
    group: `${kind} ${fileId}`,
    file: fileId,
    effect: id,
  }));
  return findings([
    ...[...calls].filter(([, { commits }]) => commits > 1).map(([id]) => [id, 'two commits'] as const),
    ...groupsOfSeveral(outputs).map((file) => [file, 'two outputs'] as const),
    ...groupsOfSeveral(notices).map((file) => [file, 'two notices'] as const),
  ]);
};

/** The files of those groups that hold more than one distinct effect. The same effect repeated is one effect. */
const groupsOfSeveral = (effects: readonly { group: string; file: string; effect: string }[]): readonly string[] => {
  const groups = new Map<string, { file: string; effects: Set<string> }>();
  for (const { group, file, effect } of effects) {
    const known = groups.get(group) ?? { file, effects: new Set() };
    groups.set(group, known);
    known.effects.add(effect);
  }
  return [...groups.values()].filter((group) => group.effects.size > 1).map(({ file }) => file);
};

/** An output's key is its folder, SHA-256 of the file's id, perhaps a mark of the attempt, and the file's name. */
const outputParts = (key: string): { folder: string; hash: string } => {
  const match = /^(.*?\/)([0-9a-f]{64})(?:-f\d+)?\//.exec(key);
  return { folder: match?.[1] ?? '', hash: match?.[2] ?? '' };
};

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

const wrongEffects = (
  facts: Facts,
  calls: ReadonlyMap<string, LedgerCalls>,
  sent: ReadonlyMap<string, SentVersion>,
): Findings => {
  const outputs = new Set(facts.outputs.map(({ key, size }) => `${key} ${size}`));
  const announced = new Set(facts.notices.map(({ fileId }) => fileId));
  const wrongWith = (entry: LedgerEntry): readonly string[] => {
    const version = sent.get(nameOf(entry));
    const missing = (entry.outputs ?? []).some(({ key, size }) => !outputs.has(`${key} ${size}`));
    const silent = callsOf(calls, entry.id).announces && entry.open === undefined && !announced.has(entry.id);
    const checksum = recordedChecksum(entry);
    return [
      ...(callsOf(calls, entry.id).commits === 0 ? ['done, and the request log shows no commit'] : []),
      ...(version === undefined ? ['nobody sent this file, and it is done'] : []),
      ...(missing ? ['an output that the ledger records is missing'] : []),
      ...(silent ? ['its notice left the outbox and did not arrive'] : []),
      ...(version !== undefined && checksum !== undefined && checksum !== version.sha256
        ? ['the recorded checksum is not that of the bytes sent']
        : []),
    ];
  };
  const done = facts.ledger.filter(({ status }) => status === 'DONE');
  return findings(done.flatMap((entry) => wrongWith(entry).map((what) => [entry.id, what] as const)));
};

/** What the action `index` recorded, if it ran. */
const recordedChecksum = ({ metadata }: LedgerEntry): string | undefined => {
  const index = metadata?.['index'] as { sha256?: string } | undefined;
  return index?.sha256;
};
