import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Baton } from '../../../lib/domain/lane.ts';
import type { QueueMessage } from '../../../lib/ports/work-queue.ts';
import { drainLane } from '../../../lib/usecases/drain.ts';
import { sweepLane } from '../../../lib/usecases/sweep.ts';
import { testSettings } from '../../support/world.ts';
import { time, type Request } from './actor.ts';
import type { Called } from './call.ts';
import { breach } from './invariants.ts';
import { maxHops } from './program.ts';
import type { Slot } from './places.ts';
import { bodies, contents, put, type Actor, type Content, type State, type Universe } from './world.ts';

/** Whether a call is one of a lane, its queue or its baton. */
export const isLaneCall = (method: string): boolean =>
  method.startsWith('lane.') || ['handOn', 'receive', 'deleteAll', 'putBackAll'].includes(method);

/** Everything that such a call may come to: several answers where the world has a choice. */
export const performInLane = async (
  universe: Universe,
  state: State,
  actor: Actor,
  request: Request,
): Promise<readonly Called[]> => {
  switch (request.method) {
    case 'handOn':
      return [handOn(state, request.args[0] as Baton)];
    case 'receive':
      return receive(universe, state, actor);
    case 'deleteAll':
      return [deleteAll(universe, state, actor, request.args[0] as readonly QueueMessage[])];
    case 'putBackAll':
      return [putBackAll(universe, state, actor, request.args[0] as readonly QueueMessage[])];
    default:
      return [await onLane(universe, state, request)];
  }
};

const onLane = async (universe: Universe, state: State, { method, args, key }: Request): Promise<Called> => {
  const effect = await universe.lanes.call(state.lanes, key, method, args);
  const { lane, baton } = args[0] as { lane: string; baton?: Baton };
  const { hop = 0, fence = 0 } = universe.lanes.view(effect.state)[lane] ?? {};
  const violations: string[] = [];
  if (hop >= maxHops) violations.push(breach('HOPS OVER THE BUDGET', `${lane} at hop ${String(hop)}`));
  const claims = method === 'lane.claim' && effect.state !== state.lanes;
  if (claims && baton !== undefined && fence !== baton.fence + 1)
    violations.push(breach('A LATE BATON', `it claims ${lane}`));
  return { state: { ...state, lanes: effect.state }, answer: effect.answer, violations };
};

const byLane = (one: Baton, other: Baton): number => (one.lane < other.lane ? -1 : one.fence - other.fence);
const handOn = (state: State, baton: Baton): Called => {
  const alike = state.batons.filter(({ lane, fence }) => lane === baton.lane && fence === baton.fence).length;
  const batons = alike < 2 ? [...state.batons, baton].sort(byLane) : state.batons;
  return { state: { ...state, batons }, answer: { value: null }, violations: [] };
};

const messageOf = (universe: Universe, content: Content): QueueMessage => ({
  messageId: String(content),
  receiptHandle: String(content),
  body: JSON.stringify(universe.files[content]),
  // As if sent in this moment: how long a message waits is nothing that a state should tell.
  sentAt: time + 1,
});

const receive = (universe: Universe, state: State, actor: Actor): readonly Called[] => {
  const there = contents.filter((content) => state.messages[content] > 0);
  const got: Called[] = there.map((content) => ({
    state: { ...state, messages: put(state.messages, content, state.messages[content] - 1) },
    actor: { ...actor, held: [...actor.held, content].sort() },
    answer: { value: { messages: [messageOf(universe, content)] } },
    violations: [],
  }));
  const some =
    got.length > 0
      ? [...got, ...doubled(state, got)]
      : [{ state, actor, answer: { value: { messages: [] } }, violations: [] }];
  return [...some, ...whenLate(state, some)];
};

/** A standard queue may hand a message out and keep it visible. */
const doubled = (state: State, got: readonly Called[]): readonly Called[] =>
  state.budgets.double === 0
    ? []
    : got.map((called) => ({
        ...called,
        note: ', and the message comes twice',
        state: {
          ...called.state,
          messages: state.messages,
          budgets: { ...state.budgets, double: state.budgets.double - 1 },
        },
      }));

const listedLate = { objects: [], listedAt: time, next: `${testSettings.inboxBucket}/${testSettings.inboxPrefix}` };

/** A page may be empty and not the last; and with it the time of the sweep may be up. */
export const listLate = (universe: Universe, state: State, called: Called): readonly Called[] =>
  universe.setup.lanes ? whenLate(state, [{ ...called, answer: { value: listedLate } }]) : [];

const whenLate = (state: State, some: readonly Called[]): readonly Called[] => {
  if (state.budgets.late === 0) return [];
  return some.map(({ state: next, answer, note = '', ...rest }) => ({
    ...rest,
    note: `${note}, and the time is up`,
    state: { ...next, budgets: { ...next.budgets, late: next.budgets.late - 1 } },
    answer: { value: { ...('value' in answer ? (answer.value as object) : {}), late: true } },
  }));
};

const contentOf = (universe: Universe, { body }: QueueMessage): Content =>
  universe.contentOf((JSON.parse(body) as FileVersion).id);

const without = (held: readonly Content[], content: Content): readonly Content[] => {
  const at = held.indexOf(content);
  return held.filter((_, index) => index !== at);
};

/** A message may go only when the ledger holds an answer. */
const deleteAll = (universe: Universe, state: State, actor: Actor, messages: readonly QueueMessage[]): Called => {
  const violations: string[] = [];
  let { held } = actor;
  for (const content of messages.map((message) => contentOf(universe, message))) {
    if (universe.item(state, content)?.status === undefined)
      violations.push(breach('MESSAGE DELETED WITHOUT AN ANSWER', bodies[content]));
    held = without(held, content);
  }
  return { state, actor: { ...actor, held }, answer: { value: null }, violations };
};

const putBackAll = (universe: Universe, state: State, actor: Actor, messages: readonly QueueMessage[]): Called => {
  const back = messages.map((message) => contentOf(universe, message)).filter((one) => actor.held.includes(one));
  const held = back.reduce<readonly Content[]>(without, actor.held);
  return { state: comeBack(state, back), actor: { ...actor, held }, answer: { value: null }, violations: [] };
};

/** Messages that are visible again. */
export const comeBack = (state: State, held: readonly Content[]): State => ({
  ...state,
  messages: held.reduce(
    (messages, content) => put(messages, content, Math.min(2, messages[content] + 1)),
    state.messages,
  ),
});

const laneOf = { relay: drainLane, sweeper: sweepLane, processor: undefined, operator: undefined };
/** Before a run, after it, and what may still be on its way when the run is over: a renewal, the read of an action that was aborted. */
const beside: ReadonlySet<string> = new Set(['lane.claim', 'lane.renew', 'renew', 'open', 'lane.release', 'handOn']);

/** Whether another living actor works in the lane in which this one takes up work, and neither has stalled. */
export const twoRunners = (universe: Universe, state: State, slot: Slot, { method }: Request): boolean => {
  if (!universe.setup.lanes || (method !== 'receive' && method !== 'list')) return false;
  if (typeof slot !== 'number' || state.processors[slot]?.stalled) return false;
  const lane = method === 'receive' ? drainLane : sweepLane;
  return state.processors.some((actor, index) => {
    if (actor === undefined || index === slot || actor.lost > 0 || actor.stalled) return false;
    const { role, requests } = universe.stateOf(actor);
    return laneOf[role.kind] === lane && requests.some((request) => !beside.has(request.method));
  });
};
