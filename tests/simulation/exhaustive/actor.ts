import { Readable } from 'node:stream';
import type { Rule } from '../../../lib/domain/action.ts';
import { GoneError, ServiceUnavailableError, SupersededError, TransientError } from '../../../lib/domain/errors.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Baton } from '../../../lib/domain/lane.ts';
import type { Clock } from '../../../lib/ports/clock.ts';

/** One call that has left an actor and has no answer yet. `key` tells equal calls apart from others. */
export type Request = Readonly<{ no: number; method: string; args: readonly unknown[]; key: string }>;

/** What comes back from a call: plain JSON, so that equal answers are equal texts. */
export type Answer = Readonly<{ value: unknown }> | Readonly<{ error: keyof typeof errors }>;

/** What moves an actor on: the answer of one of its calls, or the timer that is due next (0) or after it (1). */
export type Step = Readonly<{ no: number; answer: Answer }> | Readonly<{ timer: number }>;

/** What an actor is: which use case on which file, under which nonce. Two actors of one role are the same program. */
export type Role = Readonly<{
  kind: 'processor' | 'relay' | 'sweeper' | 'operator';
  nonce: number;
  file?: FileVersion;
  /** What woke a relay or a sweep, if it was no tick. */
  baton?: Baton;
}>;

/**
 * An actor's state: the history of its answers. The real code is a function of them, so equal histories have the same next
 * calls; they are found out once, by running the code alone against the answers.
 */
export type ActorState = Readonly<{
  id: number;
  role: Role;
  requests: readonly Request[];
  timers: number;
  ended: 'answered' | 'failed' | undefined;
  /** Every nonce that it may still speak of. */
  nonces: ReadonlySet<number>;
  steps: readonly Step[];
  next: Map<string, ActorState>;
}>;

/** The ports by which an actor calls; `call` makes a request of the call and waits for its answer. */
export type Call = (method: string, ...args: unknown[]) => Promise<never>;

/** Runs the use case of a role, on ports that are all made of `call`. */
export type Program = (role: Role, call: Call, clock: Clock) => Promise<unknown>;

const errors = { SupersededError, GoneError, ServiceUnavailableError };

/** The time of everything: it stands still, and a lease ends by being rewritten. See docs/proof.md. */
export const time = Date.UTC(2026, 0, 1);

/** Lets every promise and stream that needs no answer settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const openedObject = (throws: boolean) => ({
  head: { userMetadata: throws ? { throws: 'yes' } : {} },
  body: Readable.from([]),
});

/** One action that tells, or fails where the explorer chose so. */
export const rules: readonly Rule[] = [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'telling',
        run: async (file) => {
          if (file.head.userMetadata['throws'] !== undefined) throw new Error('the action throws');
          file.notify({ subject: 'done', text: 'done', data: { fileId: file.id } });
          return undefined;
        },
      },
    ],
  },
];

/** Reads the nonces out of an item, an answer or a state in JSON: `n5`, or the second of one actor, `n5.2`. */
export const noncesIn = (text: string): number[] =>
  [...text.matchAll(/"owner":"n(\d+)(?:\.\d+)?"/g)].map(([, n]) => Number(n));

const replay = async (program: Program, role: Role, steps: readonly Step[]) => {
  const waiting = new Map<number, Request & { resolve(value: never): void; reject(error: Error): void }>();
  const timers = new Set<{ delayMs: number; callback: () => void }>();
  let ended: 'answered' | 'failed' | undefined;
  let mistake: unknown;
  const call: Call = (method, ...args) =>
    new Promise((resolve, reject) => {
      // The smallest free number: how many calls came before is nothing that an actor's state may depend on.
      let no = 1;
      while (waiting.has(no)) no += 1;
      waiting.set(no, { no, method, args, key: `${method}${JSON.stringify(args)}`, resolve, reject });
    });
  const due = () => [...timers].sort((one, other) => one.delayMs - other.delayMs);
  const clock: Clock = {
    now: () => time,
    startTimer(delayMs, callback) {
      const timer = { delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  program(role, call, clock).then(
    () => (ended = 'answered'),
    (error: unknown) => {
      ended = 'failed';
      // A call that failed may end a use case; a mistake of this harness may not pass for that.
      if (!(error instanceof TransientError)) mistake = error;
    },
  );
  await settle();
  for (const step of steps) {
    if ('timer' in step) {
      const timer = due()[step.timer]!;
      timers.delete(timer);
      timer.callback();
    } else {
      const request = waiting.get(step.no)!;
      waiting.delete(step.no);
      if ('error' in step.answer) request.reject(new errors[step.answer.error](`${request.method} failed`));
      else request.resolve(step.answer.value as never);
    }
    await settle();
  }
  if (mistake !== undefined) throw new Error('the harness made a mistake', { cause: mistake });
  const requests = [...waiting.values()]
    .sort((one, other) => one.no - other.no)
    .map(({ no, method, args, key }) => ({ no, method, args, key }));
  return { requests, timers: timers.size, ended };
};

/** The states of all actors that were met, each under its number. */
export const createActorStates = (program: Program) => {
  const all: ActorState[] = [];
  const roots = new Map<string, ActorState>();
  const enter = async (role: Role, steps: readonly Step[], nonces: ReadonlySet<number>): Promise<ActorState> => {
    const run = await replay(program, role, steps);
    if (run.ended === undefined && run.requests.length === 0) {
      throw new Error(`the ${role.kind} neither calls nor ends after ${JSON.stringify(steps)}`);
    }
    const state = { id: all.length, role, steps, nonces, ...run, next: new Map<string, ActorState>() };
    all.push(state);
    return state;
  };
  return {
    /** How often the code was run against a list of answers. */
    runs: () => all.length,
    get: (id: number): ActorState => all[id]!,
    async begin(role: Role): Promise<ActorState> {
      const key = JSON.stringify(role);
      const root = roots.get(key) ?? (await enter(role, [], new Set([role.nonce])));
      roots.set(key, root);
      return root;
    },
    async extend(from: ActorState, step: Step): Promise<ActorState> {
      const key = 'timer' in step ? `timer ${String(step.timer)}` : `${String(step.no)} ${textOf(step.answer)}`;
      const known = from.next.get(key);
      if (known !== undefined) return known;
      const nonces = new Set([...from.nonces, ...noncesIn(key)]);
      const state = await enter(from.role, [...from.steps, step], nonces);
      from.next.set(key, state);
      return state;
    },
  };
};

/** Answers are kept and handed out again and again: each is written out once. */
const texts = new WeakMap<Answer, string>();
const textOf = (answer: Answer): string => {
  let text = texts.get(answer);
  if (text === undefined) texts.set(answer, (text = JSON.stringify(answer)));
  return text;
};
