import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Answer, Request } from './actor.ts';
import { isUnheard, outcomesOf, type Called } from './call.ts';
import { breach } from './invariants.ts';
import { twoRunners } from './lanes.ts';
import { endsOfLanes, movesOfSender, movesOfTime, movesOfTriggers } from './moves-of-world.ts';
import { answer, at, die, fail, seat, slots, speaksAs, spend, type Slot } from './places.ts';
import { bodies, type State, type Universe } from './world.ts';

/** One step of the world: what happened, what it led to, and what was wrong about it. */
export type Move = Readonly<{ label: string; state: State; violations: readonly string[] }>;

const actionThrows: Answer = { value: 'opened, and its action throws' };
const throttled: Answer = { error: 'ServiceUnavailableError' };
const deciding = new Set(['commit', 'retry', 'poison', 'note']);

/** Whether its owner reads this file while another live actor is about to decide about it, which has not stalled. */
const twoOwners = (universe: Universe, state: State, slot: Slot, request: Request): boolean => {
  const { id } = request.args[0] as FileVersion;
  const owner = universe.item(state, universe.contentOf(id))?.owner;
  if (!speaksAs(universe, at(state, slot)!, owner)) return false;
  return state.processors.some((actor, index) => {
    if (actor === undefined || index === slot || actor.lost > 0 || actor.stalled) return false;
    return universe
      .stateOf(actor)
      .requests.some(({ method, args }) => deciding.has(method) && (args[0] as { file: FileVersion }).file.id === id);
  });
};

/** Everything that may happen to one outstanding call. */
const movesOfCall = async (universe: Universe, state: State, slot: Slot, request: Request): Promise<Move[]> => {
  const moves: Move[] = [];
  for (const called of await outcomesOf(universe, state, at(state, slot)!, request)) {
    moves.push(...(await movesOfOutcome(universe, state, slot, request, called)));
  }
  return moves;
};

const movesOfOutcome = async (
  universe: Universe,
  state: State,
  slot: Slot,
  request: Request,
  called: Called,
): Promise<Move[]> => {
  const actor = at(state, slot)!;
  const { no, method } = request;
  const { kind, file } = universe.stateOf(actor).role;
  const who = typeof slot === 'number' ? `${kind === 'processor' ? 'P' : kind}${String(slot)}` : slot;
  const name = `${who}: ${method}${file === undefined ? '' : `(${bodies[universe.contentOf(file.id)]})`}${called.note ?? ''}`;
  const budgets = called.state.budgets;
  const after = called.actor ?? actor;
  const effected = seat(called.state, slot, after);
  const violations = [...called.violations];
  if (twoRunners(universe, state, slot, request))
    violations.push(breach('TWO RUNNERS', 'of one lane, and neither has stalled'));
  const opened = method === 'open' && 'value' in called.answer;
  if (opened && twoOwners(universe, state, slot, request))
    violations.push(breach('TWO LIVE OWNERS', 'and the other has not stalled'));
  const moves: Move[] = [
    { label: name, state: await answer(universe, effected, slot, { no, answer: called.answer }), violations },
  ];
  if (budgets.throws > 0 && opened) {
    const next = await answer(universe, spend(effected, 'throws'), slot, { no, answer: actionThrows });
    moves.push({ label: `${name}, and the action throws`, state: next, violations });
  }
  if (budgets.loss > 0 && actor.lost === 0) {
    const next = seat(spend(effected, 'loss'), slot, { ...after, lost: no });
    moves.push({ label: `${name} RESPONSE LOST, made again`, state: next, violations });
  }
  if (budgets.failure > 0) {
    const failed = { no, answer: throttled };
    const before = await answer(universe, fail(state, isUnheard(method, 'before its effect')), slot, failed);
    moves.push({ label: `${name} FAILS`, state: before, violations: [] });
    const isWritten = called.state.ledger !== state.ledger;
    const late = await answer(
      universe,
      fail(effected, isWritten && isUnheard(method, 'after its effect')),
      slot,
      failed,
    );
    moves.push({ label: `${name} FAILS after its effect`, state: late, violations });
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
      state: die(universe, spend(effected, 'crash'), slot),
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
    // In the order of their time: renewals, ends of leases by its own clock, the limit of the run.
    for (let timer = 0; timer < timers; timer += 1) {
      const next = await answer(universe, spend(state, 'timer'), slot, { timer });
      moves.push({
        label: `P${String(slot)}: timer ${String(timer + 1)} of ${String(timers)}`,
        state: next,
        violations: [],
      });
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
  ...(await endsOfLanes(universe, state)),
];
