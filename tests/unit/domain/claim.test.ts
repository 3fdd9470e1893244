import { isBuriable, isClaimable, readRefusal, type Refusal } from '../../../lib/domain/claim.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';

const now = 1_000_000;
const bounds = { now, skewMs: 500, maxAttempts: 3 };
const item = (parts: Partial<LedgerItem>): LedgerItem => ({
  id: 'id',
  bucket: 'b',
  key: 'k',
  eTag: 'e',
  size: 1,
  fence: 1,
  attempts: 1,
  expiresAt: 0,
  owner: 'other',
  ...parts,
});

const cases: [string, LedgerItem | undefined, { claim: boolean; bury: boolean; refusal: Refusal }][] = [
  ['nothing', undefined, { claim: true, bury: false, refusal: 'claimable' }],
  ['only sent by the sweeper', item({ sentAt: 1 }), { claim: true, bury: false, refusal: 'claimable' }],
  [
    'a note SUPERSEDED',
    item({ status: 'SUPERSEDED', attempts: 0 }),
    { claim: true, bury: false, refusal: 'claimable' },
  ],
  ['a note GONE', item({ status: 'GONE', attempts: 0 }), { claim: true, bury: false, refusal: 'claimable' }],
  ['a live lease', item({ status: 'PROCESSING', leaseUntil: now + 1 }), { claim: false, bury: false, refusal: 'busy' }],
  [
    'a lease over by less than the skew',
    item({ status: 'PROCESSING', leaseUntil: now - 500 }),
    { claim: false, bury: false, refusal: 'busy' },
  ],
  [
    'a lease over by more than the skew',
    item({ status: 'PROCESSING', leaseUntil: now - 501 }),
    { claim: true, bury: false, refusal: 'claimable' },
  ],
  [
    'a lease over, attempts used up',
    item({ status: 'PROCESSING', leaseUntil: now - 501, attempts: 3 }),
    { claim: false, bury: true, refusal: 'bury' },
  ],
  [
    'a live lease, attempts used up',
    item({ status: 'PROCESSING', leaseUntil: now, attempts: 3 }),
    { claim: false, bury: false, refusal: 'busy' },
  ],
  [
    'a retry not due',
    item({ status: 'RETRY', nextAttemptAt: now + 1 }),
    { claim: false, bury: false, refusal: 'waiting' },
  ],
  ['a retry due', item({ status: 'RETRY', nextAttemptAt: now }), { claim: true, bury: false, refusal: 'claimable' }],
  [
    'a retry due, attempts used up',
    item({ status: 'RETRY', nextAttemptAt: now, attempts: 3 }),
    { claim: false, bury: true, refusal: 'bury' },
  ],
  ['DONE', item({ status: 'DONE' }), { claim: false, bury: false, refusal: 'duplicate' }],
  ['POISON', item({ status: 'POISON', attempts: 3 }), { claim: false, bury: false, refusal: 'poison' }],
  [
    'PROCESSING by me',
    item({ status: 'PROCESSING', owner: 'me', leaseUntil: now + 1 }),
    { claim: false, bury: false, refusal: 'mine' },
  ],
  ['POISON by me', item({ status: 'POISON', owner: 'me' }), { claim: false, bury: false, refusal: 'buried-by-me' }],
];

describe('a claim that meets', () => {
  it.each(cases)('%s', (_title, old, { claim, bury, refusal }) => {
    expect(isClaimable(old, bounds)).toBe(claim);
    expect(isBuriable(old, bounds)).toBe(bury);
    expect(readRefusal(old, 'me', bounds)).toBe(refusal);
  });
});
