import { LeaseLostError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

/** A lease being kept: `signal` aborts when it is lost or the run is over; `stop` lets go of the timers. */
export type KeptLease = Readonly<{ signal: AbortSignal; stop(): void }>;

/** What is held, how it is renewed, and what ends the run. Times are epoch ms. */
export type Lease = Readonly<{
  /** For messages: the file's id, the lane's name. */
  holds: string;
  leaseUntil: number;
  /** Moves the lease on; false when another owner has taken over. */
  renew(leaseUntil: number): Promise<boolean>;
  /** When the run must end, and the error it then ends with; absent when something else sees to that. */
  run?: Readonly<{ until: number; ended(): Error }>;
}>;

/** The share of a lease after which a renewal that failed is tried again. */
const retryShare = 1 / 8;

/**
 * Renews a lease at half time while its holder works, and aborts the work when another owner took over, when
 * `leaseUntil − skew` has come by our own clock, or when the run is over. After that moment nobody may assume to be
 * alone.
 */
export const keepLease = (
  clock: Clock,
  { leaseMs, skewMs }: { leaseMs: number; skewMs: number },
  lease: Lease,
): KeptLease => {
  const controller = new AbortController();
  let stopped = false;
  /** Why the last renewal failed, if it did: the honest reason when the lease then runs out. */
  let trouble: unknown;

  const abort = (reason: unknown): void => {
    stop();
    controller.abort(reason);
  };
  const leaseEnds = (): void =>
    abort(trouble ?? new LeaseLostError(`the lease of ${lease.holds} ran out before it could be renewed`));

  const renew = async (): Promise<void> => {
    const leaseUntil = clock.now() + leaseMs;
    try {
      const renewed = await lease.renew(leaseUntil);
      if (stopped) return;
      if (!renewed) {
        abort(new LeaseLostError(`another run has taken over ${lease.holds}`));
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
  const { run } = lease;
  const cancelRun = run && clock.startTimer(Math.max(0, run.until - now), () => abort(run.ended()));

  const stop = (): void => {
    stopped = true;
    cancelEnd();
    cancelRenewal();
    cancelRun?.();
  };
  return { signal: controller.signal, stop };
};
