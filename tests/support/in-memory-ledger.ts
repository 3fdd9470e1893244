import { isBuriable, isClaimable } from '../../lib/domain/claim.ts';
import { hashOf, type FileVersion } from '../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import type { Answer, Ledger, Ownership } from '../../lib/ports/ledger.ts';
import { refusedBy } from './refused-by.ts';

/** The ledger as a map: the same conditions as on DynamoDB, held to the same contract suite. */
export type InMemoryLedger = Ledger & {
  items: Map<string, LedgerItem>;
  /** How many writes were asked for, refused ones included. */
  calls(): number;
};

const secondsPerDay = 24 * 60 * 60;
/** A partition key holds 2,048 bytes. */
const refuseLongKey = (id: string): void => {
  // No character takes more than three bytes a code unit.
  if (id.length * 3 <= 2048 || Buffer.byteLength(id) <= 2048) return;
  throw refusedBy(
    'DynamoDB',
    'ValidationException',
    'Size of hashkey has exceeded the maximum size limit of 2048 bytes',
  );
};

const without = (item: LedgerItem, ...names: (keyof LedgerItem)[]): LedgerItem =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name as keyof LedgerItem))) as LedgerItem;

/** The file alone: whoever has it may hand in more, such as the whole item. */
const fileOf = ({ id, bucket, key, eTag, size }: FileVersion): FileVersion => ({ id, bucket, key, eTag, size });

/**
 * @param stale whether `readAll` or `readOpen`, which DynamoDB answers with eventual consistency, still shows an item as it
 * was before its last write, which was made at that time by its writer's clock
 * @param copy keeps callers from changing the items in place; a caller that never does may do without, for speed
 */
export const inMemoryLedger = ({
  retentionDays = 400,
  stale = () => false,
  copy = structuredClone,
}: {
  retentionDays?: number;
  stale?: (writtenAt: number) => boolean;
  copy?: <T>(value: T) => T;
} = {}): InMemoryLedger => {
  const items = new Map<string, LedgerItem>();
  const before = new Map<string, { item: LedgerItem | undefined; writtenAt: number }>();
  let calls = 0;

  const store = (id: string, item: LedgerItem, writtenAt: number): void => {
    before.set(id, { item: items.get(id), writtenAt });
    items.set(id, item);
  };

  /** A copy of the item as an eventually consistent read shows it; what TTL took away is long gone for every reader. */
  const read = (id: string): LedgerItem | undefined => {
    const [now, past] = [items.get(id), before.get(id)];
    return copy(now !== undefined && past !== undefined && stale(past.writtenAt) ? past.item : now);
  };

  const write = (
    id: string,
    now: number,
    allowed: (item: LedgerItem | undefined) => boolean,
    change: (item: LedgerItem | undefined) => Omit<LedgerItem, 'expiresAt'>,
  ): Promise<Answer> => {
    calls += 1;
    refuseLongKey(id);
    const old = items.get(id);
    if (!allowed(old)) return Promise.resolve({ written: false, item: copy(old) });
    const item = { ...change(old), expiresAt: Math.floor(now / 1000) + retentionDays * secondsPerDay };
    store(id, copy(item), now);
    return Promise.resolve({ written: true, item });
  };

  const writeOwned = (
    { file, owner, now }: Ownership & { now: number },
    change: (item: LedgerItem) => Omit<LedgerItem, 'expiresAt'>,
    allowed = (item: LedgerItem): boolean => item.status === 'PROCESSING',
  ): Promise<Answer> =>
    write(
      file.id,
      now,
      (item) => item !== undefined && item.owner === owner && allowed(item),
      (item) => change(item!),
    );

  const open = (id: string): string => hashOf(id).slice(0, 1);

  return {
    items,
    calls: () => calls,
    claim: ({ file, owner, via, leaseUntil, bounds }) =>
      write(
        file.id,
        bounds.now,
        (item) => isClaimable(item, bounds),
        (item) => ({
          ...(item === undefined ? {} : without(item, 'nextAttemptAt', 'sentAt', 'sends')),
          ...fileOf(file),
          status: 'PROCESSING',
          owner,
          fence: (item?.fence ?? 0) + 1,
          attempts: (item?.attempts ?? 0) + 1,
          leaseUntil,
          via,
          firstSeenAt: item?.firstSeenAt ?? bounds.now,
        }),
      ),
    bury: ({ file, owner, leaseUntil, lastError, outbox, bounds }) =>
      write(
        file.id,
        bounds.now,
        (item) => isBuriable(item, bounds),
        (item) => ({
          ...without(item!, 'nextAttemptAt'),
          status: 'POISON',
          owner,
          leaseUntil,
          lastError,
          outbox,
          doneAt: bounds.now,
          open: open(file.id),
        }),
      ),
    renew: (by) => writeOwned(by, (item) => ({ ...item, leaseUntil: by.leaseUntil })),
    commit: (by) =>
      writeOwned(by, (item) => {
        const { metadata, outputs, outbox } = by.result;
        return {
          ...without(item, 'lastError'),
          status: 'DONE',
          doneAt: by.now,
          metadata,
          outputs,
          ...(by.lastModified !== undefined && { lastModified: by.lastModified }),
          ...(outbox.length > 0 && { outbox, open: open(by.file.id) }),
        };
      }),
    retry: (by) =>
      writeOwned(by, (item) => ({
        ...item,
        status: 'RETRY',
        nextAttemptAt: by.nextAttemptAt,
        lastError: by.lastError,
        attempts: item.attempts - (by.giveBack ? 1 : 0),
      })),
    poison: (by) =>
      writeOwned(by, (item) => ({
        ...item,
        status: 'POISON',
        doneAt: by.now,
        lastError: by.lastError,
        outbox: by.outbox,
        open: open(by.file.id),
      })),
    note: (by) => writeOwned(by, (item) => ({ ...item, status: by.status, attempts: 0 })),
    replay: ({ file, now, skewMs }) =>
      write(
        file.id,
        now,
        (item) => item?.status === 'POISON' && (item.leaseUntil ?? 0) < now - skewMs,
        (item) => ({ ...without(item!, 'outbox', 'open'), status: 'GONE', attempts: 0 }),
      ),
    async readAll(files) {
      files.forEach(({ id }) => refuseLongKey(id));
      const found = files.map(({ id }) => read(id)).filter((item) => item !== undefined);
      return new Map(found.map((item) => [item.id, item]));
    },
    async readOpen() {
      const shown = [...items.keys()].map(read);
      return shown.filter((item) => item?.open !== undefined) as LedgerItem[];
    },
    async markSent({ file, now }) {
      refuseLongKey(file.id);
      const old = items.get(file.id);
      const marked = {
        ...(old ?? { id: file.id }),
        sentAt: now,
        sends: (old?.sends ?? 0) + 1,
        expiresAt: Math.floor(now / 1000) + retentionDays * secondsPerDay,
      };
      store(file.id, marked as LedgerItem, now);
    },
    clearOutbox: (by) =>
      writeOwned(
        by,
        (item) => without(item, 'outbox', 'open'),
        (item) => item.status === 'DONE' || item.status === 'POISON',
      ),
  };
};
