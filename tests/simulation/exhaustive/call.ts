import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import { archiveKey, quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { Notice } from '../../../lib/domain/notice.ts';
import type { Answer as LedgerAnswer } from '../../../lib/ports/ledger.ts';
import type { Answer, Request } from './actor.ts';
import { breach } from './invariants.ts';
import { isLaneCall, listLate, performInLane } from './lanes.ts';
import { markActors } from './places.ts';
import { bodies, inboxKey, put, type Actor, type Content, type State, type Universe } from './world.ts';

/** The state after a call took effect, its answer, and what may not have happened. */
export type Called = Readonly<{
  state: State;
  answer: Answer;
  violations: readonly string[];
  /** Who called, where the call changed what is known of it. */
  actor?: Actor;
  /** For the label of the step. */
  note?: string;
}>;

/** Everything that a call may come to. */
export const outcomesOf = async (
  universe: Universe,
  state: State,
  actor: Actor,
  request: Request,
): Promise<readonly Called[]> => {
  if (isLaneCall(request.method)) return performInLane(universe, state, actor, request);
  const called = followUpload(await perform(universe, state, actor, request), actor, request.method);
  return request.method === 'list' ? [called, ...listLate(universe, state, called)] : [called];
};

const more = (count: number): number => Math.min(2, count + 1);

/** What can make work be done again, or lead to a verdict that is not the file's own fault. */
const troubles = ['crash', 'loss', 'failure', 'stall', 'throws', 'timer', 'replay', 'ttl'] as const;

/** How often each trouble may still come, as a text. */
export const troublesLeft = ({ budgets }: State): string => troubles.map((name) => budgets[name]).join();

/** Whether nothing has gone wrong so far, doubled events aside. */
const untroubled = ({ budgets: full }: Universe, { budgets }: State): boolean =>
  troubles.every((name) => budgets[name] === full[name]);

/** Lets a call take effect. */
const perform = async (universe: Universe, state: State, actor: Actor, request: Request): Promise<Called> => {
  const { method, args } = request;
  switch (method) {
    case 'notify':
      return notify(universe, state, actor, args[0] as Notice);
    case 'send':
      return { ...enqueue(universe, state, [args[0] as FileVersion]), answer: { value: null } };
    case 'sendAll':
      return { ...enqueue(universe, state, args[0] as FileVersion[]), answer: { value: args[0] } };
    default:
      return method in storeMethods ? onStore(universe, state, actor, request) : onLedger(universe, state, request);
  }
};

const storeMethods = { open: 0, list: 0, stands: 0, copy: 0, copyBack: 0, remove: 0, putDocument: 0, restore: 0 };

/** Another upload stands in the inbox. */
export const newUpload = ({ uploads }: State) => ({ uploads: uploads + 1, upload: uploads + 1 });

/** Whoever gets an answer to one of these knows what the ledger holds of a file now. */
const asksAnew: ReadonlySet<string> = new Set([
  'claim',
  'bury',
  'commit',
  'retry',
  'poison',
  'note',
  'readAll',
  'readOpen',
]);

/** Marks which upload an actor reads, and tells whether the one that it commits was committed before, in whichever life. */
const followUpload = (called: Called, actor: Actor, method: string): Called => {
  const value = 'value' in called.answer ? called.answer.value : undefined;
  const { state, violations } = called;
  if (method === 'open' && value !== undefined) return { ...called, actor: { ...actor, read: state.upload } };
  if (!asksAnew.has(method)) return called;
  const informed = { ...called, actor: { ...actor, old: undefined } };
  if (method !== 'commit' || !(value as Partial<LedgerAnswer>).written) return informed;
  const doubled = state.committed.includes(actor.read)
    ? [breach('DOUBLED', `upload ${String(actor.read)} was committed twice`)]
    : [];
  const committed = [...new Set([...state.committed, actor.read])].sort();
  return { ...informed, state: { ...state, committed }, violations: [...violations, ...doubled] };
};

const enqueue = (universe: Universe, state: State, files: readonly FileVersion[]) => {
  let { messages } = state;
  for (const { id } of files) {
    const content = universe.contentOf(id);
    messages = put(messages, content, more(messages[content]));
  }
  return { state: { ...state, messages }, violations: [] };
};

const notify = (universe: Universe, state: State, { old }: Actor, notice: Notice): Called => {
  const content = universe.contentOf(notice.data['fileId'] as string);
  const violations: string[] = [];
  // The id without the file's name: the fence, and the place in the outbox.
  const id = notice.id.slice(notice.id.indexOf('-') + 1);
  const told = state.told[content];
  // What an old actor tells is of the life before.
  const isOld = old === content;
  if (!isOld && told !== '' && told !== id) violations.push(breach('TOLD UNDER TWO IDS', bodies[content]));
  const calm = untroubled(universe, state);
  const notices = put(state.notices, content, calm ? more(state.notices[content]) : 0);
  if (notices[content] > 1) violations.push(breach('NOTICE TWICE', `${bodies[content]}, with no fault at all`));
  const next = { ...state, notices, told: isOld ? state.told : put(state.told, content, id) };
  return { state: next, answer: { value: null }, violations };
};

const onStore = async (
  universe: Universe,
  state: State,
  actor: Actor,
  { method, args, key }: Request,
): Promise<Called> => {
  const before = universe.store.view(state.store);
  const effect = await universe.store.call(state.store, key, method, args);
  const violations: string[] = [];
  let next: State = { ...state, store: effect.state };
  const answer = effect.answer;
  const value = 'value' in answer ? answer.value : undefined;
  const file = args[0] as FileVersion;
  if (value === 'refired' || value === 'restored') {
    const content = universe.contentOf(file.id);
    if (value === 'restored') next = { ...next, waits: put(next.waits, content, false) };
    next = { ...next, events: put(next.events, content, more(next.events[content])) };
  }
  if (method === 'open' && value !== undefined) {
    const content = universe.contentOf(file.id);
    const work = put(state.work, content, untroubled(universe, state) ? more(state.work[content]) : 0);
    if (universe.current(state) !== content) violations.push(breach('READ WHAT HAS LEFT THE INBOX', bodies[content]));
    if (work[content] > 1) violations.push(breach('WORK TWICE', `${bodies[content]}, with no fault at all`));
    next = { ...next, work };
  }
  const [old, now] = [before[inboxKey], universe.store.view(next.store)[inboxKey]];
  if (now === undefined) next = { ...next, upload: 0 };
  else if (value === 'restored') next = { ...next, ...newUpload(state) };
  if (old !== undefined && old !== now) {
    const gone = bodies.indexOf(old) as Content;
    if (method !== 'remove') violations.push(breach('OVERWRITTEN', `${old} by ${method}`));
    else {
      const out = removed(universe, state, actor, { gone, meant: universe.contentOf(file.id), before });
      violations.push(...out.violations);
      next = { ...next, waits: out.waits };
    }
  }
  return { state: next, answer, violations };
};

/** What the service deletes has its verdict, its copy, and is what the call spoke of. */
const removed = (
  universe: Universe,
  state: State,
  { old }: Actor,
  { gone, meant, before }: Readonly<{ gone: Content; meant: Content; before: Readonly<Record<string, string>> }>,
): Pick<State, 'waits'> & { violations: string[] } => {
  const { decided, waits } = state;
  const name = bodies[gone];
  const violations: string[] = [];
  if (gone !== meant) violations.push(breach('NEWER OBJECT DELETED', `${name} by finish of ${bodies[meant]}`));
  const file = universe.files[gone];
  const isQuarantined = before[quarantineKey(file)] !== undefined;
  // Who was about to carry out a verdict when an operator took it back puts the file into quarantine again.
  const undoes = !decided[gone] && old === gone && isQuarantined;
  if (!decided[gone] && !undoes) violations.push(breach('DELETED WITHOUT A VERDICT', name));
  const status = universe.item(state, gone)?.status;
  if (universe.setup.archive === 'bak' && status === 'DONE' && before[archiveKey(file)] === undefined)
    violations.push(breach('DELETED BEFORE ITS ARCHIVE', name));
  if (status === 'POISON' && !isQuarantined) violations.push(breach('QUARANTINED WITHOUT A COPY', name));
  return { waits: undoes ? put(waits, gone, true) : waits, violations };
};

const onLedger = async (universe: Universe, state: State, { method, args, key }: Request): Promise<Called> => {
  const { ledger, setup } = universe;
  const effect = await ledger.call(state.ledger, key, method, args);
  let next: State = { ...state, ledger: effect.state };
  const violations: string[] = [];
  if (effect.state === state.ledger) return { state: next, answer: effect.answer, violations };
  const content = universe.contentOf((args[0] as { file: FileVersion }).file.id);
  const [old, now] = [universe.item(state, content), universe.item(next, content)!];
  const name = bodies[content];
  if (now.attempts > setup.maxAttempts) violations.push(breach('ATTEMPTS OVER THE LIMIT', name));
  const isReplay = method === 'replay' && old?.status === 'POISON';
  if (old !== undefined && hasVerdict(old) && now.status !== old.status && !isReplay)
    violations.push(breach('VERDICT UNDONE', name));
  if (method === 'commit') {
    const commits = put(next.commits, content, more(next.commits[content]));
    if (commits[content] > 1) violations.push(breach('COMMITTED TWICE', name));
    next = { ...next, commits };
  }
  if (hasVerdict(now)) next = { ...next, decided: put(next.decided, content, true) };
  if (now.status === 'POISON' && old?.status !== 'POISON' && isHealthy(universe, state)) {
    violations.push(breach('HEALTHY FILE POISONED', `${name}, with fewer excuses than attempts`));
  }
  if (method === 'replay') {
    const reset = {
      told: put(next.told, content, ''),
      decided: put(next.decided, content, false),
      waits: put(next.waits, content, true),
    };
    next = markActors({ ...next, ...reset }, (actor) => ({ ...actor, old: content }));
  }
  return { state: next, answer: effect.answer, violations };
};

/** Whether an item says what became of its file. */
export const hasVerdict = ({ status }: Pick<LedgerItem, 'status'>): boolean => status === 'DONE' || status === 'POISON';

/**
 * Whether some attempt has no excuse: each that counts was ended by a crash, a stall, an action that threw, a timer, or a call
 * that failed where nobody else could hear it. So many of them there must have been, be it at this file or another.
 */
const isHealthy = ({ budgets: full, setup }: Universe, { budgets, unheard }: State): boolean => {
  const excuses = (['crash', 'stall', 'throws', 'timer'] as const).map((name) => full[name] - budgets[name]);
  return excuses.reduce((sum, count) => sum + count, unheard) < setup.maxAttempts;
};

const recordsFailure: ReadonlySet<string> = new Set(['retry', 'poison', 'note']);

/**
 * Whether an attempt is spent by this call's failure alone: a claim that took effect and was not answered, and a failure that
 * could not be recorded. To whoever comes next both are like a crash.
 */
export const isUnheard = (method: string, failed: 'before its effect' | 'after its effect'): boolean =>
  failed === 'after its effect' ? method === 'claim' : recordsFailure.has(method);
