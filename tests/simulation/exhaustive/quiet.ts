import { quarantineKey } from '../../../lib/domain/quarantine.ts';
import { hasVerdict, outcomesOf } from './call.ts';
import { breach } from './invariants.ts';
import { answer, begin, seat } from './places.ts';
import { bodies, contents, put, type Actor, type Budgets, type Content, type State, type Universe } from './world.ts';

/** The most rounds of sweeping and draining that a quiet world may need; more of them change nothing. */
const maxRounds = 14;
const maxCalls = 200;

/** Calls come to one thing only. What trouble has come stays known; no more is looked for here. */
const calm = ({ budgets }: State): Budgets => ({ ...budgets, double: 0, late: 0 });

/**
 * Lets all grow quiet: no more trouble, what events are on their way are lost, leases end, messages are drained and the
 * sweep runs until nothing changes. Tells what is then still missing.
 */
export const quietViolations = async (universe: Universe, from: State): Promise<string[]> => {
  const violations: string[] = [];
  let state: State = { ...from, events: [0, 0], batons: [], budgets: calm(from) };

  const runToEnd = async (slot: 0 | 'sweeper'): Promise<void> => {
    const here = (): Actor | undefined => (slot === 0 ? state.processors[0] : state.sweeper);
    for (let calls = 0; here() !== undefined; calls += 1) {
      const [request] = universe.stateOf(here()!).requests;
      if (calls > maxCalls || request === undefined) throw new Error(`${String(slot)} never ends`);
      const [called] = await outcomesOf(universe, state, here()!, request);
      violations.push(...called!.violations);
      const effected = seat(called!.state, slot, called!.actor ?? here());
      state = await answer(universe, effected, slot, { no: request.no, answer: called!.answer });
    }
  };
  const endLeases = async (): Promise<void> => {
    for (const content of contents) {
      const item = universe.item(state, content);
      if ((item?.leaseUntil ?? 0) === 0) continue;
      const key = `endLease ${bodies[content]}`;
      state = { ...state, ledger: (await universe.ledger.call(state.ledger, key, 'endLease', [item!.id])).state };
    }
    for (const lane of Object.keys(universe.lanes.view(state.lanes))) {
      const { state: lanes } = await universe.lanes.call(state.lanes, `endLease ${lane}`, 'endLease', [lane]);
      state = { ...state, lanes };
    }
  };
  const drain = async (name: 'messages' | 'events', content: Content): Promise<void> => {
    for (let runs = 0; state[name][content] > 0 && runs < maxCalls; runs += 1) {
      if (universe.setup.lanes) state = await begin(universe, state, 0, { kind: 'relay', source: 'lane' });
      else {
        state = { ...state, [name]: put(state[name], content, state[name][content] - 1) };
        state = await begin(universe, state, 0, { kind: 'processor', content, source: 'queue' });
      }
      await runToEnd(0);
      await endLeases();
    }
  };

  for (let round = 0, last = ''; round < maxRounds; round += 1) {
    await endLeases();
    for (const content of contents) await drain('messages', content);
    for (const content of contents) await drain('events', content);
    state = await begin(universe, state, 'sweeper', { kind: 'sweeper', source: 'lane' });
    await runToEnd('sweeper');
    const now = [state.ledger, state.store, ...state.messages, ...state.events].join();
    if (now === last) break;
    last = now;
  }
  return [...violations, ...missing(universe, state)];
};

const missing = (universe: Universe, state: State): string[] => {
  const violations: string[] = [];
  const current = universe.current(state);
  const isPoison = (content: Content): boolean => universe.item(state, content)?.status === 'POISON';
  const statusOf = (content: Content): string => universe.item(state, content)?.status ?? 'absent';
  if (Math.max(...state.messages) > 0) violations.push(breach('MESSAGE STUCK', 'it stays in the queue'));
  if (current !== undefined)
    violations.push(breach('STUCK', `${bodies[current]} stays in the inbox (${statusOf(current)})`));
  const lastWord = universe.script.at(-1);
  if (lastWord !== 'delete' && lastWord !== undefined) {
    const content = bodies.indexOf(lastWord) as Content;
    const isQuarantined = universe.store.view(state.store)[quarantineKey(universe.files[content])] !== undefined;
    const { decided, waits } = state;
    const isSafe = isQuarantined ? decided[content] || waits[content] : decided[content] && !isPoison(content);
    if (current === undefined && !isSafe) {
      violations.push(breach('LOST', `${lastWord}, the sender's last word, is nowhere (${statusOf(content)})`));
    }
  }
  for (const content of contents) {
    const item = universe.item(state, content);
    if (item?.outbox !== undefined)
      violations.push(breach('NOTICE NOT SENT', `the outbox of ${bodies[content]} stays`));
    if (item !== undefined && hasVerdict(item) && state.told[content] === '')
      violations.push(breach('NOBODY WAS TOLD', `${bodies[content]} is ${String(item.status)}`));
  }
  return violations;
};
