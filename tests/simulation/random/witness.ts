import type { ActionFile } from '../../../lib/domain/action.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import { archiveKey, quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { Ledger } from '../../../lib/ports/ledger.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import type { Settings } from '../../../lib/usecases/dependencies.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import type { InMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import type { Process } from './process.ts';

/** Sees what the service does at the moment it takes effect, and writes down what may not be. */
export const createWitness = (
  { items }: InMemoryLedger,
  { objects }: InMemoryObjectStore,
  say: (line: () => string) => void,
  isBeyondBound: boolean,
) => {
  const violations: string[] = [];
  /** Commits and lives of each file version since the ledger last forgot: an operator's replay begins a new life. */
  const commits = new Map<string, number>();
  const replays = new Map<string, number>();
  let allCommits = 0;

  const count = (counts: Map<string, number>, id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);

  return {
    violations,
    commits,
    replays,
    allCommits: () => allCommits,
    forget() {
      commits.clear();
      replays.clear();
    },

    ledger: (ledger: Ledger, name: string): Ledger => ({
      ...ledger,
      async commit(by) {
        const { owner } = items.get(by.file.id) ?? {};
        const answer = await ledger.commit(by);
        if (answer.written) {
          if (owner !== by.owner)
            violations.push(`COMMITTED BY ANOTHER: ${by.file.id}: ${by.owner}, not ${owner ?? 'nobody'}`);
          count(commits, by.file.id);
          allCommits += 1;
          say(() => `${name} commits ${by.file.id}`);
        }
        return answer;
      },
      async replay(by) {
        const answer = await ledger.replay(by);
        if (answer.written) count(replays, by.file.id);
        return answer;
      },
    }),

    /** Nothing leaves without a verdict, nothing before its copy, and nothing but the object spoken of. */
    objectStore: (objectStore: ObjectStore, settings: Settings): ObjectStore => ({
      ...objectStore,
      async remove(file) {
        const path = `${file.bucket}/${file.key}`;
        const before = objects.get(path);
        await objectStore.remove(file);
        if (before === undefined || objects.has(path)) return;
        const status = items.get(file.id)?.status;
        if (before.eTag !== file.eTag) violations.push(`ANOTHER OBJECT DELETED: ${before.eTag} for ${file.id}`);
        if (status !== 'DONE' && status !== 'POISON') violations.push(`DELETED WITHOUT A VERDICT: ${file.id}`);
        const key = status === 'POISON' ? quarantineKey(file) : archiveKey(file);
        const isKept = status === 'POISON' || settings.archive === 'bak';
        if (isKept && !objects.has(`${file.bucket}/${key}`)) violations.push(`DELETED BEFORE ITS COPY: ${file.id}`);
      },
    }),

    /** An action that was not aborted must still be the one owner, unless its machine stalled or a clock broke the bound. */
    atWork(process: Process, file: ActionFile): void {
      const item = items.get(file.id);
      if (process.hasStalled() || isBeyondBound) return;
      if (item?.status === 'PROCESSING' && item.fence === file.fence) return;
      violations.push(`TWO OWNERS: ${process.name} works on ${file.id} under fence ${String(file.fence)}, the ledger \
has ${String(item?.status)} under ${String(item?.fence)}`);
    },
  };
};

export type Witness = ReturnType<typeof createWitness>;

/** The sender's last word on each key, and what every file version ever sent holds. */
export type Senders = Readonly<{
  wanted: ReadonlyMap<string, FileVersion>;
  contents: ReadonlyMap<string, string>;
}>;
