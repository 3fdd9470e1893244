import { ActionTimeoutError, LeaseLostError } from '../domain/errors.ts';
import type { Dependencies } from './dependencies.ts';
import type { Ownership } from '../ports/ledger.ts';

/** A lease being kept: `signal` aborts when it is lost or the run is over; `stop` lets go of the timers. */
export type KeptLease = Readonly<{ signal: AbortSignal; stop(): void }>;

/** The share of a lease after which a renewal that failed is tried again. */
const retryShare = 1 / 8;

/**
 * Renews the lease at half time while the actions run, and aborts them when another owner took over, when
 * `leaseUntil − skew` has come by our own clock, or when the run has taken as long as its rule allows. After that
 * moment nobody may assume to be alone with the file.
 */
export const keepLease = (
  { ledger, clock, settings }: Pick<Dependencies, 'ledger' | 'clock' | 'settings'>,
  ownership: Ownership,
  lease: { leaseUntil: number; runUntil: number },
): KeptLease => {
  const controller = new AbortController();
  const { leaseMs, skewMs } = settings;
  let stopped = false;
  /** Why the last renewal failed, if it did: the honest reason when the lease then runs out. */
  let trouble: unknown;

  const abort = (reason: unknown): void => {
    stop();
    controller.abort(reason);
  };
  const leaseEnds = (): void =>
    abort(trouble ?? new LeaseLostError(`the lease of ${ownership.file.id} ran out before it could be renewed`));
  const runEnds = (): void =>
    abort(new ActionTimeoutError(`the actions of ${ownership.file.id} did not end within the run time allowed`));

  const renew = async (): Promise<void> => {
    const now = clock.now();
    const leaseUntil = now + leaseMs;
    try {
      const answer = await ledger.renew({ ...ownership, leaseUntil, now });
      if (stopped) return;
      if (!answer.written) {
        abort(new LeaseLostError(`another run has taken over ${ownership.file.id}`));
        return;
      }
      trouble = undefined;
      cancelEnd();
      cancelEnd = clock.startTimer(Math.max(0, leaseUntil - skewMs - clock.now()), leaseEnds);
      cancelRenewal = clock.startTimer(leaseMs / 2, renewInBackground);
    } catch (error) {
      if (stopped) return;
      trouble = error;
      cancelRenewal = clock.startTimer(leaseMs * retryShare, renewInBackground);
    }
  };
  /** `renew` handles its own errors, so nothing is left to await. */
  const renewInBackground = (): void => void renew();

  const now = clock.now();
  let cancelEnd = clock.startTimer(Math.max(0, lease.leaseUntil - skewMs - now), leaseEnds);
  let cancelRenewal = clock.startTimer(leaseMs / 2, renewInBackground);
  const cancelRun = clock.startTimer(Math.max(0, lease.runUntil - now), runEnds);

  const stop = (): void => {
    stopped = true;
    cancelEnd();
    cancelRenewal();
    cancelRun();
  };
  return { signal: controller.signal, stop };
};
