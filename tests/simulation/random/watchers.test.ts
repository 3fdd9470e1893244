import { createFileVersion, type FileVersion } from '../../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import { quarantineKey, quarantineNotice } from '../../../lib/domain/quarantine.ts';
import type { Ledger } from '../../../lib/ports/ledger.ts';
import { inMemoryLedger } from '../../support/in-memory-ledger.ts';
import { inMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { testSettings } from '../../support/world.ts';
import { inboxBucket } from './functions.ts';
import { invariants, type Invariant } from './invariants.ts';
import type { Process } from './process.ts';
import { forgetAll, violationsWhenQuiet, type Quiet } from './when-quiet.ts';
import { createWitness } from './witness.ts';

const { leaseMs, skewMs, maxAttempts } = testSettings;
const file = createFileVersion({ bucket: inboxBucket, key: 'incoming/a', eTag: 'e', size: 1 });

/** A process that nothing has befallen. */
const processOf = (name: string, faults: Partial<Process> = {}): Process => ({
  ...({} as Process),
  name,
  clock: { now: () => 0, startTimer: () => () => undefined },
  begunAt: 0,
  isBeyondBound: false,
  hasStalledBetween: () => false,
  died: () => false,
  isUnheard: () => false,
  ...faults,
});

const claimBy = (owner: string, over: Partial<Parameters<Ledger['claim']>[0]['bounds']> = {}) => ({
  file,
  owner,
  via: 'event' as const,
  leaseUntil: leaseMs,
  bounds: { now: 0, skewMs, maxAttempts, ...over },
});
const committing = (owner: string) => ({ file, owner, now: 0, result: { metadata: {}, outputs: [], outbox: [] } });

const unmoved = { isSound: () => true, say: () => undefined, now: () => 0 };

/** A world in which a history is acted out before the witness, and its reports. */
const witnessed = async (
  act: (world: {
    ledger: ReturnType<typeof inMemoryLedger>;
    store: ReturnType<typeof inMemoryObjectStore>;
    witness: ReturnType<typeof createWitness>;
    /** The ledger as a process sees it; `broken` stands in for some of its methods. */
    seenBy(process: Process, broken?: Partial<Ledger>): Ledger;
    put(): FileVersion;
  }) => Promise<unknown>,
): Promise<readonly string[]> => {
  const ledger = inMemoryLedger();
  const store = inMemoryObjectStore({ inboxBucket });
  const witness = createWitness(ledger, store, unmoved);
  await act({
    ledger,
    store,
    witness,
    seenBy: (process, broken = {}) => witness.ledger({ ...ledger, ...broken }, process, testSettings),
    put: () => store.put(inboxBucket, 'incoming/a', 'A'),
  });
  return witness.violations;
};

/** The reports of what is left when all is quiet. */
const whenQuiet = async (
  item: Partial<LedgerItem> | undefined,
  leave: (quiet: Quiet) => unknown = () => undefined,
): Promise<readonly string[]> => {
  const [ledger, objectStore] = [inMemoryLedger(), inMemoryObjectStore({ inboxBucket })];
  const whole = { ...file, fence: 1, attempts: 1, expiresAt: 0, ...item } as LedgerItem;
  if (item !== undefined) ledger.items.set(file.id, whole);
  const witness = createWitness(ledger, objectStore, unmoved);
  const contents = new Map([[file.id, 'telling']]);
  const wanted = new Map<string, FileVersion>();
  const quiet = { ledger, objectStore, senders: { wanted, contents }, witness, sent: [], maxAttempts };
  await leave(quiet);
  return violationsWhenQuiet(quiet);
};

/** A process that has stalled for half a minute, from a moment on. */
const stalledAt = (name: string, from: number): Process =>
  processOf(name, {
    hasStalledBetween: (begun, ended) => from <= ended && from + 30_000 >= begun,
  });

const notice = quarantineNotice(file, { ...file, fence: 1, attempts: 1, expiresAt: 0 }, 'no');
const [one, other] = [processOf('one'), processOf('other')];

/** A history in which a promise is broken, for each of them. */
const histories: readonly (readonly [Invariant, () => Promise<readonly string[]>])[] = [
  [
    'TAKEN OVER UNDER A LEASE',
    () =>
      witnessed(async ({ seenBy, ledger }) => {
        await seenBy(one).claim(claimBy('one'));
        const early: Ledger['claim'] = (by) => ledger.claim({ ...by, bounds: { ...by.bounds, now: 10 * leaseMs } });
        await seenBy(other, { claim: early }).claim(claimBy('other'));
      }),
  ],
  [
    'TWO OWNERS',
    () =>
      witnessed(async ({ seenBy, witness }) => {
        await seenBy(one).claim(claimBy('one'));
        witness.atWork(other, { ...file, fence: 0 } as never);
      }),
  ],
  [
    'TWO OWNERS',
    () =>
      witnessed(async ({ seenBy, witness, ledger }) => {
        // It had stalled long before, which excuses nothing.
        const long = stalledAt('long', -1e9);
        const { item } = await seenBy(long).claim(claimBy('long'));
        ledger.items.set(file.id, { ...item!, fence: 2 });
        witness.atWork(long, { ...file, fence: 1 } as never);
      }),
  ],
  [
    'ATTEMPTS OVER THE LIMIT',
    () =>
      witnessed(async ({ seenBy, ledger }) => {
        const unlimited: Ledger['claim'] = (by) =>
          ledger.claim({ ...by, bounds: { ...by.bounds, maxAttempts: Infinity } });
        await seenBy(one, { claim: unlimited }).claim(claimBy('one', { maxAttempts: 0 }));
      }),
  ],
  ['ATTEMPTS OVER THE LIMIT', () => whenQuiet({ status: 'GONE', attempts: maxAttempts + 1 })],
  [
    'A HEALTHY FILE POISONED',
    () =>
      witnessed(async ({ seenBy }) => {
        await seenBy(one).claim(claimBy('one'));
        await seenBy(one).poison({ file, owner: 'one', now: 0, lastError: 'Error: no', outbox: [notice] });
      }),
  ],
  [
    'A HEALTHY FILE POISONED',
    () =>
      witnessed(async ({ seenBy }) => {
        // A throttle that counts, after attempts whose processes died.
        for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
          const process = processOf(String(attempt), { died: () => attempt > 1 });
          const now = attempt * 10 * leaseMs;
          const by = { file, owner: process.name, now };
          await seenBy(process).claim({ ...claimBy(process.name, { now }), leaseUntil: now + leaseMs });
          const throttled = { nextAttemptAt: 0, lastError: 'ServiceUnavailableError: throttled', giveBack: false };
          if (attempt === 1) await seenBy(process).retry({ ...by, ...throttled });
        }
        const now = 100 * leaseMs;
        const bury = {
          leaseUntil: now,
          lastError: 'CrashError',
          outbox: [notice],
          bounds: claimBy('', { now }).bounds,
        };
        await seenBy(other).bury({ file, owner: 'other', ...bury });
      }),
  ],
  [
    'A HEALTHY FILE POISONED',
    () =>
      witnessed(async ({ seenBy }) => {
        // It stalls, and only after its attempts have ended.
        const late = stalledAt('late', 1e9);
        for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
          const ended = { file, owner: 'late', now: 0, lastError: 'Error: no' };
          await seenBy(late).claim(claimBy('late'));
          if (attempt < maxAttempts) await seenBy(late).retry({ ...ended, nextAttemptAt: 0, giveBack: false });
          else await seenBy(late).poison({ ...ended, outbox: [notice] });
        }
      }),
  ],
  [
    'COMMITTED BY ANOTHER',
    () =>
      witnessed(async ({ seenBy, ledger }) => {
        await seenBy(one).claim(claimBy('one'));
        const byAnybody: Ledger['commit'] = (by) => ledger.commit({ ...by, owner: 'one' });
        await seenBy(other, { commit: byAnybody }).commit(committing('other'));
      }),
  ],
  [
    'COMMITTED TWICE',
    () =>
      whenQuiet(undefined, async ({ witness, ledger }) => {
        const seen = witness.ledger(ledger, one, testSettings);
        for (let times = 1; times <= 2; times += 1) {
          const { item } = await seen.claim(claimBy('one'));
          await seen.commit(committing('one'));
          if (times === 1) ledger.items.set(file.id, { ...item!, status: 'GONE' });
        }
        ledger.items.clear();
      }),
  ],
  [
    'ANOTHER OBJECT DELETED',
    () =>
      witnessed(async ({ store, witness, put }) => {
        put();
        const remove = async (): Promise<void> => store.delete(inboxBucket, 'incoming/a');
        await witness.objectStore({ ...store, remove }, one, testSettings).remove(file);
      }),
  ],
  [
    'DELETED WITHOUT A VERDICT',
    () =>
      witnessed(async ({ store, witness, put }) => {
        await witness.objectStore(store, one, testSettings).remove(put());
      }),
  ],
  [
    'DELETED WITHOUT A VERDICT',
    () =>
      witnessed(async ({ store, witness, seenBy, ledger, put }) => {
        // The verdict was taken back before this process was woken.
        const standing = put();
        await ledger.claim({ ...claimBy('one'), file: standing, leaseUntil: -1e9 });
        await ledger.poison({ file: standing, owner: 'one', now: 0, lastError: 'Error: no', outbox: [notice] });
        await store.copy(standing, quarantineKey(standing));
        await seenBy(one).replay({ file: standing, now: 0, skewMs });
        await witness.objectStore(store, processOf('late', { begunAt: 1 }), testSettings).remove(standing);
      }),
  ],
  [
    'DELETED BEFORE ITS COPY',
    () =>
      witnessed(async ({ store, witness, ledger, put }) => {
        const standing = put();
        await ledger.claim({ ...claimBy('one'), file: standing });
        await ledger.commit({ ...committing('one'), file: standing });
        await witness.objectStore(store, one, { ...testSettings, archive: 'bak' }).remove(standing);
      }),
  ],
  ['STUCK', () => whenQuiet(undefined, ({ objectStore }) => void objectStore.put(inboxBucket, file.key, 'A'))],
  [
    'LOST',
    () => whenQuiet(undefined, ({ senders }) => void (senders.wanted as Map<string, FileVersion>).set('a', file)),
  ],
  ['NOTICE NOT SENT', () => whenQuiet({ status: 'DONE', open: '0', outbox: [notice] })],
  [
    'TOLD UNDER TOO MANY IDS',
    () => whenQuiet(undefined, ({ sent }) => void (sent as unknown[]).push(notice, { ...notice, id: 'another' })),
  ],
  ['DONE AND NOT TOLD', () => whenQuiet({ status: 'DONE' })],
  ['DONE WITHOUT ITS OUTPUT', () => whenQuiet({ status: 'DONE' })],
  ['QUARANTINED AND NOT ANNOUNCED', () => whenQuiet({ status: 'POISON' })],
  [
    'NEVER FORGOTTEN',
    async () => {
      const ledger = inMemoryLedger({ retentionDays: 15 });
      await ledger.claim(claimBy('one'));
      return forgetAll(ledger, 0);
    },
  ],
  ['A MISTAKE', () => witnessed(async ({ witness }) => witness.threw('one', new TypeError('no function')))],
];

describe('what watches a storm', () => {
  it.each(histories)('reports: %s', async (invariant, history) => {
    expect((await history()).filter((report) => report.startsWith(`${invariant}: `))).toHaveLength(1);
  });

  it('has been seen to report every promise', () => {
    expect([...new Set(histories.map(([invariant]) => invariant))].sort()).toEqual([...invariants].sort());
  });

  it('reports nothing of a file that was done, and nothing of a file given up after crashes', async () => {
    const reports = await witnessed(async ({ seenBy, store, witness, put }) => {
      const done = put();
      await seenBy(one).claim({ ...claimBy('one'), file: done });
      await seenBy(one).commit({ ...committing('one'), file: done });
      await witness.objectStore(store, one, testSettings).remove(done);
      let time = 0;
      const clock = { now: () => time, startTimer: () => () => undefined };
      const dead = processOf('dead', { clock, died: () => true });
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const now = (time = attempt * 10 * leaseMs);
        await seenBy(dead).claim({ ...claimBy('dead', { now }), leaseUntil: now + leaseMs });
      }
      const now = (time = 100 * leaseMs);
      const bury = { leaseUntil: now, lastError: 'CrashError', outbox: [notice], bounds: claimBy('', { now }).bounds };
      await seenBy(other).bury({ file, owner: 'other', ...bury });
    });
    expect(reports).toEqual([]);
  });
});
