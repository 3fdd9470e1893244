import { AccessDeniedError, PermanentError, ServiceUnavailableError } from './errors.ts';

/** How a failure of the actions is counted. */
export type Failure =
  /** No retry can help: quarantine now. */
  | 'permanent'
  /** It says nothing about the file: the attempt is given back. */
  | 'ours'
  /** It counts. */
  | 'counted';

const giveBackForMs = 24 * 60 * 60 * 1000;

/**
 * Throttles, 5xx and refused permissions of our own calls spend no attempt, but for a day at most: a file that keeps
 * AWS failing for longer is poison whatever the reason.
 */
export const classifyFailure = (error: unknown, firstSeenAt: number, now: number): Failure => {
  if (error instanceof PermanentError) return 'permanent';
  const ours = error instanceof ServiceUnavailableError || error instanceof AccessDeniedError;
  return ours && now - firstSeenAt < giveBackForMs ? 'ours' : 'counted';
};
