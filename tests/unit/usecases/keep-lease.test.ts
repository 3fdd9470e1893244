import { LeaseLostError, ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import { keepLease, type Lease } from '../../../lib/usecases/keep-lease.ts';
import { createVirtualClock } from '../../support/virtual-clock.ts';

const times = { leaseMs: 40_000, skewMs: 5_000 };

/** A lease that has just been taken, and what becomes of its renewals. */
const hold = (renew: Lease['renew'], run?: Lease['run']) => {
  const clock = createVirtualClock();
  const startedAt = clock.now();
  const renewals: number[] = [];
  const lease = keepLease(clock, times, {
    holds: 'the file',
    leaseUntil: startedAt + times.leaseMs,
    renew: (leaseUntil) => {
      renewals.push(clock.now() - startedAt);
      return renew(leaseUntil);
    },
    ...(run !== undefined && { run: { ...run, until: startedAt + run.until } }),
  });
  return { clock, renewals, ...lease };
};
const refused = (): Promise<never> => Promise.reject(new ServiceUnavailableError('the ledger throttles'));

describe('a lease', () => {
  it('is renewed at half time, again and again, and nothing aborts the work', async () => {
    const { clock, renewals, signal } = hold(async () => true);
    await clock.advance(5 * times.leaseMs);
    expect(renewals).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((half) => (half * times.leaseMs) / 2));
    expect(signal.aborted).toBe(false);
  });

  it('that another owner has taken over aborts the work at once', async () => {
    const { clock, renewals, signal } = hold(async () => false);
    await clock.advance(times.leaseMs / 2);
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    await clock.advance(times.leaseMs);
    expect(renewals).toHaveLength(1);
  });

  it('that cannot be renewed is given up a skew before its end, for the reason that it could not', async () => {
    const { clock, signal } = hold(refused);
    await clock.advance(times.leaseMs - times.skewMs - 1);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toBeInstanceOf(ServiceUnavailableError);
  });

  it('that could be renewed once is given up a skew before the end of that renewal', async () => {
    let calls = 0;
    const { clock, signal } = hold(() => ((calls += 1) === 1 ? Promise.resolve(true) : refused()));
    await clock.advance(times.leaseMs / 2 + times.leaseMs - times.skewMs - 1);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
  });

  it('is tried again an eighth of a lease after a renewal that failed', async () => {
    let calls = 0;
    const { clock, renewals, signal } = hold(() => ((calls += 1) === 1 ? refused() : Promise.resolve(true)));
    await clock.advance(times.leaseMs);
    expect(renewals.slice(0, 2)).toEqual([20_000, 25_000]);
    expect(signal.aborted).toBe(false);
  });

  it('whose renewal never answers is given up all the same, and the answer that comes late changes nothing', async () => {
    const answer = Promise.withResolvers<boolean>();
    const { clock, renewals, signal } = hold(() => answer.promise);
    await clock.advance(times.leaseMs - times.skewMs);
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    answer.resolve(true);
    await clock.advance(2 * times.leaseMs);
    expect(renewals).toHaveLength(1);
  });

  it('ends with its run, and says so', async () => {
    const ended = new Error('the run is over');
    const { clock, renewals, signal } = hold(async () => true, { until: 50_000, ended: () => ended });
    await clock.advance(49_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toBe(ended);
    await clock.advance(times.leaseMs);
    expect(renewals).toEqual([20_000, 40_000]);
  });

  it('that is let go is neither renewed nor aborted', async () => {
    const { clock, renewals, signal, stop } = hold(async () => true, { until: 50_000, ended: () => new Error() });
    stop();
    await clock.advance(5 * times.leaseMs);
    expect([renewals, signal.aborted]).toEqual([[], false]);
  });
});
