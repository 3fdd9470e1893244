import type { Baton } from '../../../lib/domain/lane.ts';
import { sweepLane } from '../../../lib/usecases/sweep.ts';
import type { Role } from './actor.ts';
import { hasVerdict, newUpload } from './call.ts';
import type { Move } from './moves.ts';
import { begin, isAlive, markActors, more, speaksAs, spend } from './places.ts';
import { bodies, contents, inboxKey, put, type Actor, type Content, type State, type Universe } from './world.ts';

/** The sender's next step. */
export const movesOfSender = async (universe: Universe, state: State): Promise<Move[]> => {
  const step = universe.script[state.sender];
  if (step === undefined) return [];
  const effect = await universe.store.call(
    state.store,
    `sender ${step}`,
    step === 'delete' ? 'delete' : 'put',
    step === 'delete' ? [universe.files[0].bucket, inboxKey] : [universe.files[0].bucket, inboxKey, step],
  );
  const upload = step === 'delete' ? { upload: 0 } : newUpload(state);
  const next: State = { ...state, ...upload, store: effect.state, sender: state.sender + 1 };
  if (step === 'delete') return [{ label: 'sender deletes', state: next, violations: [] }];
  const content = bodies.indexOf(step) as Content;
  // Into the lanes, events come through the queue.
  const name = universe.setup.lanes ? 'messages' : 'events';
  const known = universe.item(next, content);
  const decided = known !== undefined && hasVerdict(known) ? next.decided : put(next.decided, content, false);
  const told = { ...next, decided, [name]: put(next[name], content, more(next[name][content])) };
  return [{ label: `sender puts ${step}`, state: told, violations: [] }];
};

/** Events and messages that reach somebody or get lost, and the sweep's schedule. */
export const movesOfTriggers = async (universe: Universe, state: State): Promise<Move[]> => {
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
    if (messages > 0 && free >= 0 && !universe.setup.lanes) {
      const taken = { ...state, messages: put(state.messages, content, messages - 1) };
      moves.push({ label: `message ${name} → P${String(free)}`, state: await start(taken, 'queue'), violations: [] });
      if (state.budgets.double > 0) {
        const doubled = await start(spend(state, 'double'), 'queue');
        moves.push({ label: `message ${name}, doubled → P${String(free)}`, state: doubled, violations: [] });
      }
    }
  }
  if (state.sweeper === undefined && state.budgets.sweep > 0 && !universe.setup.lanes) {
    const next = await begin(universe, spend(state, 'sweep'), 'sweeper', { kind: 'sweeper', source: 'lane' });
    moves.push({ label: 'sweep begins', state: next, violations: [] });
  }
  if (universe.setup.lanes) moves.push(...(await movesOfLanes(universe, state, free)));
  return moves;
};

/** What wakes a relay or a sweep in its lane: a tick, or a baton, which may be lost or doubled. */
const movesOfLanes = async (universe: Universe, state: State, free: 0 | 1 | -1): Promise<Move[]> => {
  const moves: Move[] = [];
  const start = async (label: string, from: State, kind: Role['kind'], baton?: Baton): Promise<void> => {
    if (free === -1) return;
    const next = await begin(universe, from, free, { kind, source: 'lane', ...(baton !== undefined && { baton }) });
    moves.push({ label: `${label} → ${kind}${String(free)}`, state: next, violations: [] });
  };
  if (state.budgets.tick > 0) await start('tick', spend(state, 'tick'), 'relay');
  if (state.budgets.sweep > 0) await start('tick', spend(state, 'sweep'), 'sweeper');
  for (const [index, baton] of state.batons.entries()) {
    const taken = { ...state, batons: state.batons.toSpliced(index, 1) };
    const name = `baton ${String(baton.fence)} of ${baton.lane}`;
    const kind = baton.lane === sweepLane ? 'sweeper' : 'relay';
    moves.push({ label: `${name} lost`, state: taken, violations: [] });
    await start(name, taken, kind, baton);
    if (state.budgets.double > 0) await start(`${name}, doubled`, spend(state, 'double'), kind, baton);
  }
  return moves;
};

/** A living owner has not renewed its lease in time. */
const stall = (universe: Universe, state: State, owner: string | undefined): State =>
  markActors(spend(state, 'stall'), (actor) =>
    speaksAs(universe, actor, owner) ? { ...actor, stalled: true } : actor,
  );

/** Leases of lanes end as leases of files do. */
export const endsOfLanes = async (universe: Universe, state: State): Promise<Move[]> => {
  const moves: Move[] = [];
  for (const [lane, { owner, leaseUntil = 0 }] of Object.entries(universe.lanes.view(state.lanes))) {
    if (leaseUntil === 0) continue;
    const stalls = isAlive(universe, state, owner);
    if (stalls && state.budgets.stall === 0) continue;
    const { state: lanes } = await universe.lanes.call(state.lanes, `endLease ${lane}`, 'endLease', [lane]);
    const label = `lease of ${lane} ends${stalls ? ' while its owner STALLS' : ''}`;
    moves.push({ label, state: { ...(stalls ? stall(universe, state, owner) : state), lanes }, violations: [] });
  }
  return moves;
};

/** What time does: leases end, TTL takes items away; and what a person does. */
export const movesOfTime = async (universe: Universe, state: State): Promise<Move[]> => {
  const moves: Move[] = [];
  for (const content of contents) {
    const item = universe.item(state, content);
    if (item === undefined) continue;
    const name = bodies[content];
    const ownerLives = isAlive(universe, state, item.owner);
    const leased = (item.leaseUntil ?? 0) > 0;
    const change = async (method: 'endLease' | 'expire', from: State): Promise<State> => ({
      ...from,
      ledger: (await universe.ledger.call(state.ledger, `${method} ${name}`, method, [item.id])).state,
    });
    if (leased && !ownerLives) {
      moves.push({ label: `lease of ${name} ends`, state: await change('endLease', state), violations: [] });
    } else if (leased && state.budgets.stall > 0) {
      const next = await change('endLease', stall(universe, state, item.owner));
      moves.push({ label: `lease of ${name} ends while its owner STALLS`, state: next, violations: [] });
    }
    // An item that nobody touched for the whole retention, its object long out of the inbox, its notices sent.
    const forgotten = !leased && !ownerLives && item.outbox === undefined && universe.current(state) !== content;
    if (state.budgets.ttl > 0 && forgotten && !isInHand(universe, state, content) && item.status !== undefined) {
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

const finishing: ReadonlySet<string> = new Set(['notify', 'clearOutbox', 'stands', 'copy', 'putDocument', 'remove']);

/**
 * Whether a sweep is about to read, send, note or finish this content, a processor carries out its verdict, or a relay holds
 * its message: that takes minutes, and a retention days.
 */
const isInHand = (universe: Universe, { sweeper, processors }: State, content: Content): boolean => {
  const id = JSON.stringify(universe.files[content].id);
  return [sweeper, ...processors].some((actor) => {
    if (actor === undefined) return false;
    const { role, requests } = universe.stateOf(actor);
    if (role.kind === 'relay') return actor.held.includes(content);
    const isAtIt = (method: string): boolean => role.kind === 'sweeper' || finishing.has(method);
    return requests.some(({ method, args }) => isAtIt(method) && JSON.stringify(args).includes(id));
  });
};
