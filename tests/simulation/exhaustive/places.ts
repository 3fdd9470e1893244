import { noncesIn, type Answer, type Role } from './actor.ts';
import { comeBack } from './lanes.ts';
import { put, type Actor, type Budgets, type Content, type State, type Universe } from './world.ts';

/** Where an actor sits. */
export type Slot = 0 | 1 | 'sweeper' | 'operator';
export const slots: readonly Slot[] = [0, 1, 'sweeper', 'operator'];
export const more = (count: number): number => Math.min(2, count + 1);

/** Who sits there. */
export const at = (state: State, slot: Slot): Actor | undefined =>
  typeof slot === 'number' ? state.processors[slot] : state[slot];
/** Puts an actor there, or leaves the place free. */
export const seat = (state: State, slot: Slot, actor: Actor | undefined): State =>
  typeof slot === 'number' ? { ...state, processors: put(state.processors, slot, actor) } : { ...state, [slot]: actor };
/** What may come without any trouble. */
const harmless: ReadonlySet<keyof Budgets> = new Set(['sweep', 'tick', 'double']);

/** Takes one trouble from what may still come. */
export const spend = (state: State, name: keyof Budgets): State => ({
  ...state,
  // What is counted only while nothing went wrong is forgotten when something does.
  ...(!harmless.has(name) && { work: [0, 0], notices: [0, 0] }),
  budgets: { ...state.budgets, [name]: state.budgets[name] - 1 },
});

/** Marks actors that are at work. */
export const markActors = (state: State, mark: (actor: Actor) => Actor): State =>
  slots.reduce((marked, slot) => {
    const actor = at(marked, slot);
    return actor === undefined ? marked : seat(marked, slot, mark(actor));
  }, state);

/** Takes one failed call from what may still come. */
export const fail = (state: State, isUnheard: boolean): State => ({
  ...spend(state, 'failure'),
  unheard: state.unheard + (isUnheard ? 1 : 0),
});

/** A nonce that nobody speaks of: what nobody remembers may be used again. */
const freshNonce = (universe: Universe, state: State): number => {
  const used = new Set(noncesIn(universe.ledger.text(state.ledger) + universe.lanes.text(state.lanes)));
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
  { kind, content, source, baton }: Pick<Role, 'kind' | 'baton'> & { content?: Content; source: Actor['source'] },
): Promise<State> => {
  const isOwner = kind === 'processor' || (universe.setup.lanes && kind !== 'operator');
  const role = {
    kind,
    nonce: isOwner ? freshNonce(universe, state) : 0,
    ...(content !== undefined && { file: universe.files[content] }),
    ...(baton !== undefined && { baton }),
  };
  const first = await universe.actors.begin(role);
  return seat(state, slot, { state: first.id, lost: 0, read: 0, held: [], stalled: false, old: undefined, source });
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
  const left = comeBack(seat(state, slot, undefined), actor.held);
  // Lambda invokes again what failed; a message without its answer comes again.
  return next.ended === 'failed' ? comeAgain(universe, left, actor) : left;
};

const comeAgain = (universe: Universe, state: State, actor: Actor): State => {
  const { file } = universe.stateOf(actor).role;
  if (file === undefined || actor.source === 'lane') return state;
  const content = universe.contentOf(file.id);
  const name = actor.source === 'event' ? 'events' : 'messages';
  return { ...state, [name]: put(state[name], content, more(state[name][content])) };
};

/** A dead relay's message comes again; a dead processor's event may be lost, which is the harder case. */
export const die = (universe: Universe, state: State, slot: Slot): State => {
  const actor = at(state, slot)!;
  const left = comeBack(seat(state, slot, undefined), actor.held);
  return actor.source === 'queue' ? comeAgain(universe, left, actor) : left;
};

/** Whether an owner's nonce is one of this actor's. */
export const speaksAs = (universe: Universe, actor: Actor, owner: string | undefined): boolean =>
  owner?.split('.')[0] === `n${String(universe.stateOf(actor).role.nonce)}`;

/** Whether an owner's nonce is one of a living actor. */
export const isAlive = (universe: Universe, { processors }: State, owner: string | undefined): boolean =>
  processors.some((actor) => actor !== undefined && speaksAs(universe, actor, owner));
