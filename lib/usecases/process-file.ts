import { backOffMs } from '../domain/back-off.ts';
import {
  ActionTimeoutError,
  describeError,
  GoneError,
  ServiceUnavailableError,
  SupersededError,
} from '../domain/errors.ts';
import { classifyFailure } from '../domain/failure.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem, Via } from '../domain/ledger-item.ts';
import type { Outcome } from '../domain/outcome.ts';
import { quarantineNotice } from '../domain/quarantine.ts';
import type { Result } from '../domain/result.ts';
import type { Answer, Ownership } from '../ports/ledger.ts';
import { claimFile } from './claim-file.ts';
import type { Dependencies } from './dependencies.ts';
import { finishFile } from './finish-file.ts';
import { keepLease } from './keep-lease.ts';
import { openObject } from './read-object.ts';
import { ruleFor, runActions } from './run-actions.ts';

/** One trigger: which file, by which route, and when its function must be done (epoch ms). */
export type Trigger = Readonly<{ file: FileVersion; via: Via; deadlineAt: number }>;

/**
 * Processes one file: claim → read → actions → commit → finish. Whatever the outcome, the ledger holds it, so the
 * trigger is spent: its event or message need not come again.
 *
 * @throws {ServiceUnavailableError} {@link AccessDeniedError} only when no answer could be recorded
 */
export const processFile = async (dependencies: Dependencies, trigger: Trigger): Promise<Outcome> => {
  const { clock, entropy } = dependencies;
  const { file, via } = trigger;
  const startedAt = clock.now();
  const ownership: Ownership = { file, owner: entropy.nonce() };

  const claimed = await claimFile(dependencies, file, ownership.owner, via);
  let outcome: Outcome;
  let item: LedgerItem | undefined;
  if (claimed.kind === 'owned') {
    const run = await runOwned(dependencies, ownership, claimed.item, trigger.deadlineAt);
    ({ item } = run);
    outcome = outcomeOf(item, ownership.owner);
    if (outcome === 'retry' && item !== undefined) {
      await sendAgain(dependencies, file, item);
      if (run.failure instanceof ServiceUnavailableError) outcome = 'throttled';
    }
  } else if (claimed.kind === 'verdict') {
    ({ outcome, item } = claimed);
  } else {
    outcome = claimed.kind;
  }

  // A stale owner does not finish what the new owner decided: only who met the verdict at its claim, or gave it, does.
  const finishes = claimed.kind === 'verdict' || item?.owner === ownership.owner;
  const finished = await tryFinish(dependencies, ownership, finishes ? item : undefined);
  tell(dependencies, trigger, { outcome, item, mine: item?.owner === ownership.owner, finished, startedAt });
  return outcome;
};

type Told = Readonly<{
  outcome: Outcome;
  item: LedgerItem | undefined;
  /** Whether this run gave the verdict, or met one. */
  mine: boolean;
  finished: boolean | undefined;
  startedAt: number;
}>;

/** One log line and the numbers that go with it. */
const tell = (
  { clock, log, metrics }: Dependencies,
  { file, via }: Trigger,
  { outcome, item, mine, finished, startedAt }: Told,
): void => {
  log.info('file answered', {
    fileId: file.id,
    key: file.key,
    outcome,
    via,
    fence: item?.fence,
    attempts: item?.attempts,
    lastError: outcome === 'retry' || outcome === 'throttled' || outcome === 'poison' ? item?.lastError : undefined,
    finished,
    durationMs: clock.now() - startedAt,
  });
  const { doneAt, lastModified } = item ?? {};
  const waited = outcome === 'done' && doneAt !== undefined && lastModified !== undefined;
  metrics.record(
    { files: 1, ...(waited && { waitSeconds: Math.max(0, (doneAt - lastModified) / 1000) }) },
    { route: via, outcome },
  );
  if (outcome === 'poison' && mine) metrics.record({ quarantined: 1 });
};

/** What the ledger holds after a run, and why the run failed if it did. */
type Run = Readonly<{ item: LedgerItem | undefined; failure?: unknown }>;

/** Runs the actions under the lease and records what came of them. */
const runOwned = async (
  dependencies: Dependencies,
  ownership: Ownership,
  item: LedgerItem,
  deadlineAt: number,
): Promise<Run> => {
  const { ledger, clock } = dependencies;
  try {
    const { result, lastModified } = await runUnderLease(dependencies, ownership, item, deadlineAt);
    const at = { ...ownership, now: clock.now(), result };
    return await ledger.commit(lastModified === undefined ? at : { ...at, lastModified });
  } catch (failure) {
    const { item: recorded } = await recordFailure(dependencies, ownership, item, failure);
    return { item: recorded, failure };
  }
};

const runUnderLease = async (
  dependencies: Dependencies,
  ownership: Ownership,
  item: LedgerItem,
  deadlineAt: number,
): Promise<{ result: Result; lastModified: number | undefined }> => {
  const { ledger, clock, objectStore, settings, rules } = dependencies;
  const { file } = ownership;
  const rule = ruleFor(rules, file.key);
  const maxRunMs = rule.maxRunSeconds === undefined ? settings.maxRunMs : rule.maxRunSeconds * 1000;
  const now = clock.now();
  const lease = keepLease(clock, settings, {
    holds: file.id,
    leaseUntil: item.leaseUntil ?? now,
    renew: async (leaseUntil) => (await ledger.renew({ ...ownership, leaseUntil, now: clock.now() })).written,
    run: {
      until: Math.min(now + maxRunMs, deadlineAt),
      ended: () => new ActionTimeoutError(`the actions of ${file.id} did not end within the run time allowed`),
    },
  });
  try {
    return await untilAborted(lease.signal, async () => {
      const reader = await openObject(objectStore, file, lease.signal);
      try {
        const result = await runActions(dependencies, { file, item, rule, reader, signal: lease.signal });
        const change = reader.change();
        if (change !== undefined) throw change;
        return { result, lastModified: reader.head.lastModified?.getTime() };
      } finally {
        reader.close();
      }
    });
  } finally {
    lease.stop();
  }
};

/** Ends with the signal even if the work does not heed it; what the work does after that is nobody's answer. */
const untilAborted = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** An error becomes a note, a retry or a verdict, in one conditional write. */
const recordFailure = (
  { ledger, clock, entropy, settings }: Dependencies,
  ownership: Ownership,
  item: LedgerItem,
  error: unknown,
): Promise<Answer> => {
  const now = clock.now();
  const at = { ...ownership, now };
  if (error instanceof SupersededError) return ledger.note({ ...at, status: 'SUPERSEDED' });
  if (error instanceof GoneError) return ledger.note({ ...at, status: 'GONE' });
  const lastError = describeError(error);
  const failure = classifyFailure(error, item.firstSeenAt ?? now, now);
  if (failure === 'permanent' || (failure === 'counted' && item.attempts >= settings.maxAttempts)) {
    return ledger.poison({ ...at, lastError, outbox: [quarantineNotice(ownership.file, item, lastError)] });
  }
  const nextAttemptAt = now + backOffMs(item.attempts, settings.retryBaseMs, entropy.fraction());
  return ledger.retry({ ...at, nextAttemptAt, lastError, giveBack: failure === 'ours' });
};

/** Reads the outcome off the ledger: my own status where I am still the owner, else what the new owner made of it. */
const outcomeOf = (item: LedgerItem | undefined, me: string): Outcome => {
  const mine = item?.owner === me;
  switch (item?.status) {
    case 'DONE':
      return mine ? 'done' : 'duplicate';
    case 'RETRY':
      return mine ? 'retry' : 'waiting';
    case 'POISON':
      return 'poison';
    case 'SUPERSEDED':
      return 'superseded';
    case 'GONE':
      return 'gone';
    case 'PROCESSING':
    case undefined:
      return 'busy';
  }
};

const maxDelaySeconds = 900;

/** One fresh message for the next attempt. If it is lost or refused, the sweep finds the file. */
const sendAgain = async (
  { workQueue, clock, settings, log }: Dependencies,
  file: FileVersion,
  item: LedgerItem,
): Promise<void> => {
  const waitMs = Math.max(0, (item.nextAttemptAt ?? 0) - clock.now()) + settings.skewMs;
  try {
    await workQueue.send(file, Math.min(maxDelaySeconds, Math.ceil(waitMs / 1000)));
  } catch (error) {
    log.warn('no message could be sent for the next attempt; the sweep will find the file', {
      fileId: file.id,
      error: describeError(error),
    });
  }
};

/** Finishing may fail: the verdict stands in the ledger all the same, and the sweep finishes what is left. */
const tryFinish = async (
  dependencies: Dependencies,
  { file, owner }: Ownership,
  item: LedgerItem | undefined,
): Promise<boolean | undefined> => {
  if (item?.status !== 'DONE' && item?.status !== 'POISON') return undefined;
  try {
    await finishFile(dependencies, file, item, owner);
    return true;
  } catch (error) {
    dependencies.log.warn('the verdict is recorded but not carried out yet; the sweep will finish it', {
      fileId: file.id,
      status: item.status,
      error: describeError(error),
    });
    return false;
  }
};
