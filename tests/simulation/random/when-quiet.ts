import type { Notice } from '../../../lib/domain/notice.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import { quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import type { InMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { testSettings } from '../../support/world.ts';
import { breach } from './invariants.ts';
import type { Senders, Witness } from './witness.ts';

/** What is looked at when nothing moves any more. */
export type Quiet = Readonly<{
  ledger: InMemoryLedger;
  objectStore: InMemoryObjectStore;
  senders: Senders;
  witness: Witness;
  /** The notices sent since the ledger last forgot. */
  sent: readonly Notice[];
  maxAttempts: number;
}>;

/** Whether an object of that path is a file that nobody is through with. */
export const isInInbox = (path: string): boolean =>
  path.startsWith(`${testSettings.inboxBucket}/${testSettings.inboxPrefix}`);

/** Everything that may not be so once all is quiet. */
export const violationsWhenQuiet = (quiet: Quiet): string[] => {
  const { ledger, objectStore, senders, witness, sent } = quiet;
  const violations: string[] = [];
  const idsOf = noticeIds(sent);

  for (const path of objectStore.objects.keys()) {
    if (isInInbox(path)) violations.push(breach('STUCK', `${path} still stands in the inbox`));
  }
  for (const [key, file] of senders.wanted) {
    const item = ledger.items.get(file.id);
    const isQuarantined = objectStore.objects.has(`${file.bucket}/${quarantineKey(file)}`);
    const waitsForAPerson = item?.status === 'POISON' || witness.undone.has(file.id);
    if (item?.status === 'DONE' || (waitsForAPerson && isQuarantined)) continue;
    violations.push(breach('LOST', `${file.id}, the last word on ${key}, is ${item?.status ?? 'nowhere'}`));
  }
  for (const [id, count] of witness.commits) {
    if (count > 1) violations.push(breach('COMMITTED TWICE', `${id}, ${String(count)} times`));
  }
  for (const [name, ids] of idsOf) {
    const lives = 1 + (witness.replays.get(name.slice(name.indexOf(' ') + 1)) ?? 0);
    if (ids.size > lives)
      violations.push(breach('TOLD UNDER TOO MANY IDS', `${name}, ${String(ids.size)} in ${String(lives)} lives`));
  }
  for (const item of ledger.items.values()) violations.push(...violationsOfItem(quiet, item, idsOf));
  return violations;
};

/** The ids under which each file was told of, by kind and file. */
const noticeIds = (sent: readonly Notice[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const idsOf = new Map<string, Set<string>>();
  for (const { id, kind, data } of sent) {
    const name = `${kind} ${String(data['fileId'])}`;
    const ids = idsOf.get(name);
    if (ids === undefined) idsOf.set(name, new Set([id]));
    else ids.add(id);
  }
  return idsOf;
};

const violationsOfItem = (
  { objectStore, senders, maxAttempts }: Quiet,
  item: LedgerItem,
  idsOf: ReturnType<typeof noticeIds>,
): string[] => {
  const violations: string[] = [];
  const content = senders.contents.get(item.id);
  const isTold = (kind: Notice['kind']): boolean => idsOf.has(`${kind} ${item.id}`);
  if (item.outbox !== undefined || item.open !== undefined) violations.push(breach('NOTICE NOT SENT', item.id));
  if (item.attempts > maxAttempts) violations.push(breach('ATTEMPTS OVER THE LIMIT', item.id));
  if (item.status === 'DONE') {
    if (content === 'telling' && !isTold('processed')) violations.push(breach('DONE AND NOT TOLD', item.id));
    const isThere = (item.outputs ?? []).map(({ key }) => objectStore.objects.has(`outputs/${key}`));
    if (isThere.length !== 1 || isThere.includes(false)) violations.push(breach('DONE WITHOUT ITS OUTPUT', item.id));
  }
  if (item.status === 'POISON') {
    if (!isTold('quarantined')) violations.push(breach('QUARANTINED AND NOT ANNOUNCED', item.id));
  }
  return violations;
};

/** Lets TTL take away what is past its end of life: all that nobody has written to for so long. */
export const forgetAll = ({ items }: InMemoryLedger, now: number): string[] => {
  for (const [id, { expiresAt }] of items) if (expiresAt * 1000 <= now) items.delete(id);
  return [...items.keys()].map((id) => breach('NEVER FORGOTTEN', id));
};
