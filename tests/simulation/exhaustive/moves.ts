import { noncesIn, type Answer, type Request, type Role } from './actor.ts';
import { perform } from './call.ts';
import {
  bodies,
  contents,
  inboxKey,
  put,
  type Actor,
  type Budgets,
  type Content,
  type State,
  type Universe,
} from './world.ts';

/** One step of the world: what happened, what it led to, and what was wrong about it. */
export type Move = Readonly<{ label: string; state: State; violations: readonly string[] }>;

type Slot = 0 | 1 | 'sweeper' | 'operator';
const slots: readonly Slot[] = [0, 1, 'sweeper', 'operator'];
const more = (count: number): number => Math.min(2, count + 1);

const at = (state: State, slot: Slot): Actor | undefined =>
  typeof slot === 'number' ? state.processors[slot] : state[slot];
const seat = (state: State, slot: Slot, actor: Actor | undefined): State =>
  typeof slot === 'number' ? { ...state, processors: put(state.processors, slot, actor) } : { ...state, [slot]: actor };
const spend = (state: State, name: keyof Budgets): State => ({
  ...state,
  // What is counted only while nothing went wrong is forgotten when something does.
  ...(name !== 'sweep' && name !== 'double' && { work: [0, 0], notices: [0, 0] }),
  budgets: { ...state.budgets, [name]: state.budgets[name] - 1 },
});

/** A nonce that nobody speaks of: what nobody remembers may be used again. */
const freshNonce = (universe: Universe, state: State): number => {
  const used = new Set(noncesIn(universe.ledger.text(state.ledger)));
  for (const slot of slots) {
    const actor = at(state, slot);
    if (actor !== undefined) for (const nonce of universe.stateOf(actor).nonces) used.add(nonce);
  }
  let nonce = 1;
  while (used.has(nonce)) nonce += 1;
  return nonce;
};

/** Starts an actor in a free place. */
export const begin = async (
  universe: Universe,
  state: State,
  slot: Slot,
  { kind, content, source }: { kind: Role['kind']; content?: Content; source: Actor['source'] },
): Promise<State> => {
  const nonce = kind === 'processor' ? freshNonce(universe, state) : 0;
  const role = { kind, nonce, ...(content !== undefined && { file: universe.files[content] }) };
  return seat(state, slot, { state: (await universe.actors.begin(role)).id, lost: 0, source });
};

/** Gives an actor its answer, and lets it go when it has ended. */
export const answer = async (
  universe: Universe,
  state: State,
  slot: Slot,
  step: { no: number; answer: Answer } | { timer: number },
): Promise<State> => {
  const actor = at(state, slot)!;
  const next = await universe.actors.extend(universe.stateOf(actor), step);
  if (next.ended === undefined) return seat(state, slot, { ...actor, state: next.id, lost: 0 });
  const left = seat(state, slot, undefined);
  // Lambda invokes again what failed; a message without its answer comes again.
  return next.ended === 'failed' ? comeAgain(universe, left, actor) : left;
};

const comeAgain = (universe: Universe, state: State, actor: Actor): State => {
  const { file } = universe.stateOf(actor).role;
  if (file === undefined) return state;
  const content = universe.contentOf(file.id);
  const name = actor.source === 'event' ? 'events' : 'messages';
  return { ...state, [name]: put(state[name], content, more(state[name][content])) };
};

/** A dead relay's message comes again; a dead processor's event may be lost, which is the harder case. */
const die = (universe: Universe, state: State, slot: Slot): State => {
  const actor = at(state, slot)!;
  const left = seat(state, slot, undefined);
  return actor.source === 'queue' ? comeAgain(universe, left, actor) : left;
};

const actionThrows: Answer = { value: 'opened, and its action throws' };
const throttled: Answer = { error: 'ServiceUnavailableError' };
const deciding = new Set(['commit', 'retry', 'poison', 'note']);

/** Whether another live actor has read this file and is about to decide about it, while nobody stalled. */
const twoOwners = (universe: Universe, state: State, slot: Slot, request: Request): boolean => {
  if (state.budgets.stall !== universe.budgets.stall || state.budgets.timer !== universe.budgets.timer) return false;
  return state.processors.some((actor, index) => {
    if (actor === undefined || index === slot || actor.lost > 0) return false;
    const { role, requests } = universe.stateOf(actor);
    return (
      requests.some(({ method }) => deciding.has(method)) && role.file?.id === (request.args[0] as { id?: string }).id
    );
  });
};

/** Everything that may happen to one outstanding call. */
const movesOfCall = async (universe: Universe, state: State, slot: Slot, request: Request): Promise<Move[]> => {
  const actor = at(state, slot)!;
  const { no, method } = request;
  const { file } = universe.stateOf(actor).role;
  const who = typeof slot === 'number' ? `P${String(slot)}` : slot;
  const name = `${who}: ${method}${file === undefined ? '' : `(${bodies[universe.contentOf(file.id)]})`}`;
  const { budgets } = state;
  const called = await perform(universe, state, request);
  const violations = [...called.violations];
  const opened = method === 'open' && 'value' in called.answer;
  if (opened && twoOwners(universe, state, slot, request)) violations.push(`TWO LIVE OWNERS, nobody stalled`);
  const moves: Move[] = [
    { label: name, state: await answer(universe, called.state, slot, { no, answer: called.answer }), violations },
  ];
  if (budgets.throws > 0 && opened) {
    const next = await answer(universe, spend(called.state, 'throws'), slot, { no, answer: actionThrows });
    moves.push({ label: `${name}, and the action throws`, state: next, violations });
  }
  if (budgets.loss > 0 && actor.lost === 0) {
    const next = seat(spend(called.state, 'loss'), slot, { ...actor, lost: no });
    moves.push({ label: `${name} RESPONSE LOST, made again`, state: next, violations });
  }
  if (budgets.failure > 0) {
    const failed = { no, answer: throttled };
    const before = await answer(universe, spend(state, 'failure'), slot, failed);
    moves.push({ label: `${name} FAILS`, state: before, violations: [] });
    const after = await answer(universe, spend(called.state, 'failure'), slot, failed);
    moves.push({ label: `${name} FAILS after its effect`, state: after, violations });
  }
  if (budgets.crash > 0) {
    // To die after the call is to die before the next; but the last call of all has no next.
    moves.push({
      label: `${who} DIES before ${method}`,
      state: die(universe, spend(state, 'crash'), slot),
      violations: [],
    });
    moves.push({
      label: `${who} DIES after ${method}`,
      state: die(universe, spend(called.state, 'crash'), slot),
      violations,
    });
  }
  return moves;
};

const movesOfActors = async (universe: Universe, state: State): Promise<Move[]> => {
  const moves: Move[] = [];
  for (const slot of slots) {
    const actor = at(state, slot);
    if (actor === undefined) continue;
    const { requests, timers } = universe.stateOf(actor);
    for (const request of requests) moves.push(...(await movesOfCall(universe, state, slot, request)));
    if (typeof slot === 'string' || state.budgets.timer === 0) continue;
    // The renewal is due first, the end of the lease after it.
    for (const timer of [0, 1].slice(0, timers)) {
      const next = await answer(universe, spend(state, 'timer'), slot, { timer });
      moves.push({
        label: `P${String(slot)}: ${timer === 0 ? 'renewal is due' : 'its lease ends by its own clock'}`,
        state: next,
        violations: [],
      });
    }
  }
  return moves;
};

const movesOfSender = async (universe: Universe, state: State): Promise<Move[]> => {
  const step = universe.script[state.sender];
  if (step === undefined) return [];
  const effect = await universe.store.call(
    state.store,
    `sender ${step}`,
    step === 'delete' ? 'delete' : 'put',
    step === 'delete' ? [universe.files[0].bucket, inboxKey] : [universe.files[0].bucket, inboxKey, step],
  );
  const next: State = { ...state, store: effect.state, sender: state.sender + 1 };
  if (step === 'delete') return [{ label: 'sender deletes', state: next, violations: [] }];
  const content = bodies.indexOf(step) as Content;
  const events = put(next.events, content, more(next.events[content]));
  return [{ label: `sender puts ${step}`, state: { ...next, events }, violations: [] }];
};

const movesOfTriggers = async (universe: Universe, state: State): Promise<Move[]> => {
  const moves: Move[] = [];
  const free = state.processors.findIndex((actor) => actor === undefined) as 0 | 1 | -1;
  for (const content of contents) {
    const start = (from: State, source: Actor['source']) =>
      begin(universe, from, free as 0 | 1, { kind: 'processor', content, source });
    const [events, messages] = [state.events[content], state.messages[content]];
    const name = bodies[content];
    if (events > 0) {
      const taken = { ...state, events: put(state.events, content, events - 1) };
      moves.push({ label: `event ${name} lost`, state: taken, violations: [] });
      if (free >= 0) {
        moves.push({ label: `event ${name} → P${String(free)}`, state: await start(taken, 'event'), violations: [] });
        if (state.budgets.double > 0) {
          const doubled = await start(spend(state, 'double'), 'event');
          moves.push({ label: `event ${name}, doubled → P${String(free)}`, state: doubled, violations: [] });
        }
      }
    }
    if (messages > 0 && free >= 0) {
      const taken = { ...state, messages: put(state.messages, content, messages - 1) };
      moves.push({ label: `message ${name} → P${String(free)}`, state: await start(taken, 'queue'), violations: [] });
    }
  }
  if (state.sweeper === undefined && state.budgets.sweep > 0) {
    const next = await begin(universe, spend(state, 'sweep'), 'sweeper', { kind: 'sweeper', source: 'event' });
    moves.push({ label: 'sweep begins', state: next, violations: [] });
  }
  return moves;
};

/** What time does: leases end, TTL takes items away; and what a person does. */
const movesOfTime = async (universe: Universe, state: State): Promise<Move[]> => {
  const moves: Move[] = [];
  for (const content of contents) {
    const item = universe.item(state, content);
    if (item === undefined) continue;
    const name = bodies[content];
    const ownerLives = state.processors.some(
      (actor) => actor !== undefined && `n${String(universe.stateOf(actor).role.nonce)}` === item.owner,
    );
    const leased = (item.leaseUntil ?? 0) > 0;
    const change = async (method: 'endLease' | 'expire', from: State): Promise<State> => ({
      ...from,
      ledger: (await universe.ledger.call(state.ledger, `${method} ${name}`, method, [item.id])).state,
    });
    if (leased && !ownerLives) {
      moves.push({ label: `lease of ${name} ends`, state: await change('endLease', state), violations: [] });
    } else if (leased && state.budgets.stall > 0) {
      const next = await change('endLease', spend(state, 'stall'));
      moves.push({ label: `lease of ${name} ends while its owner STALLS`, state: next, violations: [] });
    }
    // An item that nobody touched for the whole retention, its object long out of the inbox, its notices sent.
    const forgotten = !leased && !ownerLives && item.outbox === undefined && universe.current(state) !== content;
    if (state.budgets.ttl > 0 && forgotten && state.sweeper === undefined && item.status !== undefined) {
      const next = await change('expire', spend(state, 'ttl'));
      const reset = { commits: put(next.commits, content, 0), told: put(next.told, content, '') };
      moves.push({ label: `TTL removes ${name} (${item.status})`, state: { ...next, ...reset }, violations: [] });
    }
    if (state.budgets.replay > 0 && item.status === 'POISON' && state.operator === undefined) {
      const spent = spend(state, 'replay');
      const next = await begin(universe, spent, 'operator', { kind: 'operator', content, source: 'event' });
      moves.push({ label: `operator replays ${name}`, state: next, violations: [] });
    }
  }
  return moves;
};

/** Every step that the world may take from here. */
export const movesFrom = async (universe: Universe, state: State): Promise<Move[]> => [
  ...(await movesOfSender(universe, state)),
  ...(await movesOfTriggers(universe, state)),
  ...(await movesOfActors(universe, state)),
  ...(await movesOfTime(universe, state)),
];
