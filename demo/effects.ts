import { createHash } from 'node:crypto';
import { nameOf, type Facts, type LedgerEntry, type SentVersion } from './facts.ts';
import { callsOf, type LedgerCalls } from './ledger-calls.ts';

/** Files, by id, of which something is wrong, and what. */
export type Findings = Readonly<{ files: ReadonlySet<string>; problems: readonly string[] }>;

const findings = (found: readonly (readonly [file: string, what: string])[]): Findings => ({
  files: new Set(found.map(([file]) => file)),
  problems: found.map(([file, what]) => `${what}: ${file}`),
});

/** Effects that a file has twice. */
export const doubledEffects = (facts: Facts, calls: ReadonlyMap<string, LedgerCalls>): Findings => {
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
  const copies = facts.modes.archive === 'bak' ? facts.archived.map(({ key }) => copyOf(key, idByHash)) : [];
  return findings([
    ...[...calls].filter(([, { commits }]) => commits > 1).map(([id]) => [id, 'two commits'] as const),
    ...groupsOfSeveral(copies).map((file) => [file, 'two copies in the archive'] as const),
    ...groupsOfSeveral(outputs).map((file) => [file, 'two outputs'] as const),
    ...groupsOfSeveral(notices).map((file) => [file, 'two notices'] as const),
  ]);
};

/** A copy in `bak/` stands for one file version, whatever its name. */
const copyOf = (key: string, idByHash: ReadonlyMap<string, string>) => {
  const file = idByHash.get(outputParts(key).hash) ?? key;
  return { group: file, file, effect: key };
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

/** The key of all that the service writes is its folder, SHA-256 of the file's id, perhaps a mark of the attempt, and the file's name. */
const outputParts = (key: string): { folder: string; hash: string } => {
  const match = /^(.*?\/)([0-9a-f]{64})(?:-f\d+)?\//.exec(key);
  return { folder: match?.[1] ?? '', hash: match?.[2] ?? '' };
};

const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** Effects of files that are done, missing or false. */
export const wrongEffects = (
  facts: Facts,
  calls: ReadonlyMap<string, LedgerCalls>,
  sent: ReadonlyMap<string, SentVersion>,
): Findings => {
  const outputs = new Set(facts.outputs.map(({ key, size }) => `${key} ${size}`));
  const announced = new Set(facts.notices.map(({ fileId }) => fileId));
  const inbox = new Set(facts.inbox.map(nameOf));
  const isArchived = archiveOf(facts);
  const wrongWith = (entry: LedgerEntry): readonly string[] => {
    const version = sent.get(nameOf(entry));
    const missing = (entry.outputs ?? []).some(({ key, size }) => !outputs.has(`${key} ${size}`));
    const silent = callsOf(calls, entry.id).announces && entry.open === undefined && !announced.has(entry.id);
    const checksum = recordedChecksum(entry);
    // What its sender replaced or deleted, the service did not have to keep.
    const unarchived = version?.fate === 'kept' && !inbox.has(nameOf(entry)) && !isArchived(entry);
    return [
      ...(callsOf(calls, entry.id).commits === 0 ? ['done, and the request log shows no commit'] : []),
      ...(version === undefined ? ['nobody sent this file, and it is done'] : []),
      ...(missing ? ['an output that the ledger records is missing'] : []),
      ...(unarchived ? ['it left the inbox and is not in the archive'] : []),
      ...(silent ? ['its notice left the outbox and did not arrive'] : []),
      ...(version !== undefined && checksum !== undefined && checksum !== version.sha256
        ? ['the recorded checksum is not that of the bytes sent']
        : []),
    ];
  };
  const done = facts.ledger.filter(({ status }) => status === 'DONE');
  return findings(done.flatMap((entry) => wrongWith(entry).map((what) => [entry.id, what] as const)));
};

/** Whether the bytes of a file that has left the inbox are kept: as a version of its key, or as a copy in `bak/`. */
const archiveOf = ({ modes, archived }: Facts): ((entry: LedgerEntry) => boolean) => {
  const versions = new Set(archived.map(nameOf));
  const copies = new Set(archived.map(({ key, size }) => `${outputParts(key).hash} ${size}`));
  return modes.archive === 'versions'
    ? (entry) => versions.has(nameOf(entry))
    : ({ id, size }) => copies.has(`${hashOf(id)} ${size}`);
};

/** What the action `index` recorded, if it ran. */
const recordedChecksum = ({ metadata }: LedgerEntry): string | undefined => {
  const index = metadata?.['index'] as { sha256?: string } | undefined;
  return index?.sha256;
};
