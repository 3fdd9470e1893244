import type { FileVersion } from '../../../lib/domain/file-version.ts';
import { processFiles } from '../../../lib/usecases/process-files.ts';
import type { InMemoryLedger } from '../../support/in-memory-ledger.ts';
import { inPlaceOf, type Break } from './break.ts';
import type { BreakLedger } from './component.ts';

/** Gives the file to whoever writes next, whoever holds it. */
const giveTo = (ledger: InMemoryLedger, { file, owner }: { file: FileVersion; owner: string }): void => {
  const item = ledger.items.get(file.id) ?? { ...file, fence: 1, attempts: 1, expiresAt: 0 };
  ledger.items.set(file.id, { ...item, status: 'PROCESSING', owner });
};

const claimsUnderALease: BreakLedger = (ledger) => ({
  claim: (by) => ledger.claim({ ...by, bounds: { ...by.bounds, now: by.bounds.now * 2 } }),
});

/** Rules of the ledger's conditions and of what it holds. */
export const breaksOfLedger: readonly Break[] = [
  {
    rule: 'a commit asks who owns the file',
    scenario: { name: 'A, stall', script: ['A'], stall: 1, double: 1, sweep: 0 },
    breaks: 'COMMITTED TWICE',
    by: {
      ledger: (ledger) => ({
        commit: (by) => {
          if (ledger.items.has(by.file.id)) giveTo(ledger, by);
          return ledger.commit(by);
        },
      }),
    },
  },
  {
    rule: 'a commit asks for an item that is still there',
    scenario: { name: 'A, stall, TTL', script: ['A'], stall: 1, double: 1, ttl: 1, sweep: 0 },
    breaks: 'DOUBLED',
    by: {
      ledger: (ledger) => ({
        commit: (by) => {
          if (!ledger.items.has(by.file.id)) giveTo(ledger, by);
          return ledger.commit(by);
        },
      }),
    },
  },
  {
    rule: 'a failure asks who owns the file',
    scenario: { name: 'A, throws + stall', script: ['A'], throws: 1, stall: 1, double: 1, sweep: 0 },
    breaks: 'VERDICT UNDONE',
    by: {
      ledger: (ledger) => ({
        retry: (by) => {
          giveTo(ledger, by);
          return ledger.retry(by);
        },
      }),
    },
  },
  {
    rule: 'a claim looks at the lease, so that nobody works beside another',
    scenario: { name: 'A, doubled', script: ['A'], double: 1, sweep: 0 },
    breaks: 'TWO LIVE OWNERS',
    by: { ledger: claimsUnderALease },
  },
  {
    rule: 'a claim looks at the lease, so that the work is done once',
    scenario: { name: 'A, doubled', script: ['A'], double: 1, sweep: 0 },
    breaks: 'WORK TWICE',
    by: { ledger: claimsUnderALease },
  },
  {
    rule: 'a claim counts attempts',
    scenario: { name: 'A, 2 crashes', script: ['A'], crash: 2, double: 1, maxAttempts: 1, sweep: 0 },
    breaks: 'ATTEMPTS OVER THE LIMIT',
    by: {
      ledger: (ledger) => ({
        claim: (by) => ledger.claim({ ...by, bounds: { ...by.bounds, maxAttempts: Infinity } }),
        bury: async (by) => ({ written: false, item: ledger.items.get(by.file.id) }),
      }),
    },
  },
  {
    rule: 'an own claim whose response was lost is recognised',
    scenario: { name: 'A, 2 losses', script: ['A'], loss: 2, double: 1, sweep: 0 },
    breaks: 'HEALTHY FILE POISONED',
    by: {
      // As if the nonce were not the claim's but the request's.
      useCases: {
        processFiles: (dependencies, batch) => {
          const { ledger } = dependencies;
          const forgetful = inPlaceOf(ledger, {
            claim: async (by) => {
              const answer = await ledger.claim(by);
              if (answer.written || answer.item === undefined) return answer;
              return { written: false, item: { ...answer.item, owner: 'somebody' } };
            },
          });
          return processFiles({ ...dependencies, ledger: forgetful }, batch);
        },
      },
    },
  },
  {
    rule: 'a throttle gives its attempt back',
    scenario: { name: 'A, 2 failed calls', script: ['A'], failure: 2, sweep: 0 },
    breaks: 'HEALTHY FILE POISONED',
    by: { ledger: (ledger) => ({ retry: (by) => ledger.retry({ ...by, giveBack: false }) }) },
  },
  {
    rule: 'a verdict is forgotten with its item',
    scenario: { name: 'A delete A, TTL', script: ['A', 'delete', 'A'], ttl: 1, double: 1, sweep: 0 },
    breaks: 'DELETED WITHOUT A VERDICT',
    by: {
      ledger: (ledger) => ({
        commit: async (by) => {
          const done = { ...by.file, status: 'DONE', fence: 1, attempts: 1, expiresAt: 0 } as const;
          ledger.items.set(`once ${by.file.id}`, done);
          return ledger.commit(by);
        },
        claim: async (by) => {
          const once = ledger.items.get(`once ${by.file.id}`);
          return once && !ledger.items.has(by.file.id) ? { written: false, item: once } : ledger.claim(by);
        },
      }),
    },
  },
  {
    rule: 'a quarantined file stays that until it is replayed',
    scenario: { name: 'A, throws', script: ['A'], throws: 1, double: 1, maxAttempts: 1, sweep: 0 },
    breaks: 'VERDICT UNDONE',
    by: {
      ledger: (ledger) => ({
        claim: (by) => {
          const item = ledger.items.get(by.file.id);
          if (item?.status === 'POISON') ledger.items.set(by.file.id, { ...item, status: 'GONE' });
          return ledger.claim(by);
        },
      }),
    },
  },
  {
    rule: 'a verdict that was taken back is nobody’s to carry out',
    scenario: { name: 'A, throws, replay', script: ['A'], throws: 1, replay: 1, double: 1, maxAttempts: 1, sweep: 0 },
    breaks: 'DELETED WITHOUT A VERDICT',
    by: {
      ledger: (ledger) => ({
        claim: async (by) => {
          const item = ledger.items.get(by.file.id);
          return item?.status === 'GONE' ? { written: false, item: { ...item, status: 'POISON' } } : ledger.claim(by);
        },
      }),
    },
  },
  {
    rule: 'a note is not the last word',
    scenario: { name: 'A B A', script: ['A', 'B', 'A'], sweep: 0 },
    breaks: 'LOST',
    by: {
      ledger: (ledger) => ({
        claim: async (by) => {
          const item = ledger.items.get(by.file.id);
          const noted = item?.status === 'SUPERSEDED' || item?.status === 'GONE';
          return noted ? { written: false, item: { ...item, status: 'DONE' } } : ledger.claim(by);
        },
      }),
    },
  },
  {
    rule: 'a notice commits with its verdict',
    scenario: { name: 'A', script: ['A'], sweep: 0 },
    breaks: 'NOBODY WAS TOLD',
    by: {
      ledger: (ledger) => ({ commit: (by) => ledger.commit({ ...by, result: { ...by.result, outbox: [] } }) }),
    },
  },
  {
    rule: 'the sweep walks over the unsent outboxes',
    scenario: { name: 'A B, crash', script: ['A', 'B'], crash: 1, sweep: 0 },
    breaks: 'NOTICE NOT SENT',
    by: { ledger: () => ({ readOpen: async () => [] }) },
  },
  {
    rule: 'the outbox is cleared once it is sent',
    scenario: { name: 'A', script: ['A'] },
    breaks: 'NOTICE TWICE',
    by: {
      ledger: (ledger) => ({ clearOutbox: async (by) => ({ written: false, item: ledger.items.get(by.file.id) }) }),
    },
  },
];
