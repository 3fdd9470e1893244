import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Process } from './process.ts';

/**
 * One attempt that counts: who made it, under which nonce, when it began and ended by its own clock, and what was recorded as
 * its failure.
 */
type Attempt = Readonly<{ process: Process; owner: string; begunAt: number; endedAt?: number; recorded?: string }>;
type Failure = Readonly<{ owner: string; now: number; lastError: string; giveBack: boolean }>;

const day = 24 * 60 * 60 * 1000;

/**
 * What spent each attempt at a file since its attempts last were none. Throttles and refused calls give theirs back, so a
 * sound file may be given up only where each attempt that counts was ended by something else.
 */
export const createAttempts = () => {
  const attempts = new Map<string, readonly Attempt[]>();
  const of = (id: string): readonly Attempt[] => attempts.get(id) ?? [];

  return {
    begin: ({ id }: FileVersion, attempt: Attempt): void => void attempts.set(id, [...of(id), attempt]),
    /** A failure was recorded: its attempt counts from now on, unless it is given back. */
    record({ id }: FileVersion, { owner, now, lastError, giveBack }: Failure): void {
      const left = of(id).filter((attempt) => !giveBack || attempt.owner !== owner);
      const counted = left.map((attempt) =>
        attempt.owner === owner ? { ...attempt, endedAt: now, recorded: lastError } : attempt,
      );
      attempts.set(id, counted);
    },
    /** A note or a replay sets attempts back to none. */
    reset: ({ id }: FileVersion): void => void attempts.delete(id),
    clear: (): void => attempts.clear(),
    /** Why a sound file may not be given up by now; undefined when every one of so many attempts has its reason. */
    objection(id: string, { most, sinceFirstSeenMs }: { most: number; sinceFirstSeenMs: number }): string | undefined {
      const all = of(id);
      if (all.length < most) return `after ${String(all.length)} of ${String(most)} attempts`;
      const unexcused = all.find((attempt) => !isExcused(attempt, sinceFirstSeenMs));
      return unexcused && `the attempt of ${unexcused.process.name} counts for ${unexcused.recorded ?? 'no reason'}`;
    },
  };
};

/** Whether something ended the attempt that may count against a sound file. */
const isExcused = (
  { process, owner, begunAt, endedAt = Infinity, recorded }: Attempt,
  sinceFirstSeenMs: number,
): boolean => {
  if (process.hasStalledBetween(begunAt, endedAt)) return true;
  // Nobody was left to say how it ended, or nobody heard it: a throttle of that very write is all that a throttle may cost.
  if (recorded === undefined) return process.died() || process.isUnheard(owner);
  // A process that stalled before may begin a file too late to end it.
  if (recorded.startsWith('ActionTimeoutError')) return process.hasStalledBetween(-Infinity, endedAt);
  return recorded.startsWith('ServiceUnavailableError') && sinceFirstSeenMs >= day;
};
