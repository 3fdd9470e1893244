import { readRefusal } from '../domain/claim.ts';
import { CrashError, describeError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem, Via } from '../domain/ledger-item.ts';
import { quarantineNotice } from '../domain/quarantine.ts';
import type { Dependencies } from './dependencies.ts';

/** What a claim came to. A `verdict` is to be finished by whoever meets it. */
export type Claimed =
  | Readonly<{ kind: 'owned'; item: LedgerItem }>
  | Readonly<{ kind: 'verdict'; outcome: 'duplicate' | 'poison'; item: LedgerItem }>
  | Readonly<{ kind: 'busy' | 'waiting' }>;

/** The item may change between a refused write and the look at it; it is claimed at most this often. */
const maxRounds = 2;

/** Claims the file for `owner`, recognises an own claim whose response was lost, and buries a crash loop. */
export const claimFile = async (
  dependencies: Dependencies,
  file: FileVersion,
  owner: string,
  via: Via,
): Promise<Claimed> => {
  const { ledger, clock, settings } = dependencies;
  for (let round = 0; round < maxRounds; round += 1) {
    const now = clock.now();
    const bounds = { now, skewMs: settings.skewMs, maxAttempts: settings.maxAttempts };
    const leaseUntil = now + settings.leaseMs;
    let answer = await ledger.claim({ file, owner, via, leaseUntil, bounds });
    if (answer.written) return { kind: 'owned', item: answer.item };

    let refusal = readRefusal(answer.item, owner, bounds);
    if (refusal === 'bury' && answer.item !== undefined) {
      const lastError = answer.item.lastError ?? describeError(crashOf(answer.item));
      const outbox = [quarantineNotice(file, answer.item, lastError)];
      answer = await ledger.bury({ file, owner, leaseUntil, lastError, outbox, bounds });
      refusal = answer.written ? 'buried-by-me' : readRefusal(answer.item, owner, bounds);
    }
    const item = answer.item;
    if (item === undefined) continue;
    switch (refusal) {
      case 'mine':
        return { kind: 'owned', item };
      case 'buried-by-me':
      case 'poison':
        return { kind: 'verdict', outcome: 'poison', item };
      case 'duplicate':
        return { kind: 'verdict', outcome: 'duplicate', item };
      case 'busy':
      case 'waiting':
        return { kind: refusal };
      case 'bury':
      case 'claimable':
        continue;
    }
  }
  return { kind: 'busy' };
};

const crashOf = (item: LedgerItem): CrashError =>
  new CrashError(`the function died or was cut off at each of ${String(item.attempts)} attempts`);
