import type { Random } from '../../../demo/random.ts';
import { ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { EventClock } from './event-clock.ts';
import type { Faults } from './plan.ts';

/** One function at work: it may stall, and it may be gone. Its fate is drawn from its own name. */
export type Process = Readonly<{
  name: string;
  random: Random;
  clock: Clock;
  /** When it was woken, by nobody's clock. */
  begunAt: number;
  /** Its clock may differ from another's by more than the bound. */
  isBeyondBound: boolean;
  /** Whether it has stalled for longer than two clocks may differ between two moments by its own clock. */
  hasStalledBetween(from: number, until: number): boolean;
  /** Died, or was cut off by a deploy; not: came to its time limit. */
  died(): boolean;
  /** A write under that nonce without which an attempt cannot end was refused or not answered. */
  isUnheard(owner: string): boolean;
  wait(milliseconds: number): Promise<void>;
  /** The same port as this process sees it: calls take time, fail, and let it die. */
  mortal<Port extends object>(port: Port): Port;
  cut(by: 'fault' | 'limit'): void;
  /** Fulfilled at its death, and never otherwise. */
  death: Promise<'died'>;
}>;

/** A process that died at some call never comes back from it, and neither do its timers. */
const never = (): Promise<never> => new Promise(() => undefined);

const second = 1_000;

/** The writes that begin an attempt and end it. */
const framesAttempt: ReadonlySet<string> = new Set(['claim', 'retry', 'poison', 'note']);

const recordsFailure: ReadonlySet<string> = new Set(['retry', 'poison', 'note']);

export const startProcess = (
  { clock, faults, say }: { clock: EventClock; faults: () => Faults; say: (line: () => string) => void },
  { name, random, skewMs }: { name: string; random: Random; skewMs: number },
): Process => {
  const { skew } = faults();
  // Two machines whose clocks are each half the bound off differ by the bound.
  const within = skew === 'none' ? 0 : Math.floor((random.share() - 0.5) * skewMs);
  const isBeyondBound = skew === 'beyond' && random.share() < 0.2;
  const offset = isBeyondBound ? random.integer(-60, 60) * second : within;
  const life = { over: false, died: false, stalledUntil: 0 };
  /** By its own clock. */
  const stalls: { from: number; until: number }[] = [];
  const isOver = (): boolean => life.over;
  const death = Promise.withResolvers<'died'>();
  const cut = (by: 'fault' | 'limit'): void => {
    life.died ||= by === 'fault' && !life.over;
    life.over = true;
    death.resolve('died');
  };
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void clock.startTimer(milliseconds, resolve));
  const awake = async (): Promise<void> => {
    while (clock.now() < life.stalledUntil) await wait(life.stalledUntil - clock.now());
  };
  const callLater = (callback: () => void): void => {
    if (life.over) return;
    if (clock.now() < life.stalledUntil) void awake().then(() => callLater(callback));
    else callback();
  };
  const die = (when: string): Promise<never> => {
    cut('fault');
    say(() => `${name} dies ${when}`);
    return never();
  };

  const unheard = new Set<string>();
  /** Remembers under which nonces such a write came to nothing, as far as its writer knows. */
  const noticed = async (method: string, args: readonly unknown[], call: () => unknown): Promise<unknown> => {
    try {
      return await perform(method, call);
    } catch (error) {
      if (framesAttempt.has(method)) unheard.add((args[0] as { owner: string }).owner);
      throw error;
    }
  };

  const perform = async (method: string, call: () => unknown): Promise<unknown> => {
    if (isOver()) return never();
    await wait(random.integer(1, 50));
    const rates = faults();
    if (random.share() < rates.stall) {
      life.stalledUntil = clock.now() + random.integer(1, 120) * second;
      stalls.push({ from: clock.now() + offset, until: life.stalledUntil + offset });
      say(() => `${name} stalls at ${method}`);
    }
    if (clock.now() < life.stalledUntil) await awake();
    if (isOver()) return never();
    let share = random.share();
    const comes = (rate: number): boolean => (share -= rate) < 0;
    if (comes(rates.die / 2)) return die(`before ${method}`);
    if (comes(rates.recorded && recordsFailure.has(method) ? 0 : rates.throttle))
      throw new ServiceUnavailableError(`${method} was throttled`);
    const answer = await call();
    if (comes(rates.die / 2)) return die(`after ${method}`);
    if (comes(rates.noAnswer)) {
      say(() => `${name}: ${method} took effect and was not answered`);
      throw new ServiceUnavailableError(`${method} was not answered`);
    }
    if (!comes(rates.repeat)) return answer;
    say(() => `${name}: the answer of ${method} was lost, the call is made again`);
    await wait(random.integer(1, 50));
    return isOver() ? never() : call();
  };

  return {
    name,
    random,
    begunAt: clock.now(),
    isBeyondBound,
    hasStalledBetween: (begun, ended) =>
      stalls.some(({ from, until }) => until - from >= skewMs && from <= ended && until >= begun),
    died: () => life.died,
    isUnheard: (owner) => unheard.has(owner),
    async wait(milliseconds) {
      await wait(milliseconds);
      if (clock.now() < life.stalledUntil) await awake();
      return isOver() ? never() : undefined;
    },
    cut,
    death: death.promise,
    clock: {
      now: () => clock.now() + offset,
      startTimer: (delayMs, callback) => clock.startTimer(delayMs, () => callLater(callback)),
    },
    mortal: (port) =>
      new Proxy(port, {
        get(target, method) {
          const call = Reflect.get(target, method) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => noticed(String(method), args, () => call.apply(target, args));
        },
      }),
  };
};
