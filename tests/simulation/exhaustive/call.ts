import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import { archiveKey, quarantineKey } from '../../../lib/domain/quarantine.ts';
import type { Notice } from '../../../lib/domain/notice.ts';
import type { Answer as LedgerAnswer } from '../../../lib/ports/ledger.ts';
import type { Answer, Request } from './actor.ts';
import { breach } from './invariants.ts';
import { isLaneCall, listLate, performInLane } from './lanes.ts';
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
  const called = followUpload(await perform(universe, state, request), actor, request.method);
  return request.method === 'list' ? [called, ...listLate(universe, state, called)] : [called];
};

const more = (count: number): number => Math.min(2, count + 1);

/** What can make work be done again, or lead to a verdict that is not the file's own fault. */
const troubles = ['crash', 'loss', 'failure', 'stall', 'throws', 'timer', 'replay', 'ttl'] as const;

/** Which troubles have come, as a text. */
export const troublesOf = ({ budgets: full }: Universe, { budgets }: State): string =>
  troubles.filter((name) => budgets[name] !== full[name]).join();

/** Whether nothing has gone wrong so far, doubled events aside. */
const untroubled = (universe: Universe, state: State): boolean => troublesOf(universe, state) === '';

/** Lets a call take effect. */
const perform = async (universe: Universe, state: State, request: Request): Promise<Called> => {
  const { method, args } = request;
  switch (method) {
    case 'notify':
      return notify(universe, state, args[0] as Notice);
    case 'send':
      return { ...enqueue(universe, state, [args[0] as FileVersion]), answer: { value: null } };
    case 'sendAll':
      return { ...enqueue(universe, state, args[0] as FileVersion[]), answer: { value: args[0] } };
    default:
      return method in storeMethods ? onStore(universe, state, request) : onLedger(universe, state, request);
  }
};

const storeMethods = { open: 0, list: 0, stands: 0, copy: 0, copyBack: 0, remove: 0, putDocument: 0, restore: 0 };

/** Another upload stands in the inbox. */
export const newUpload = ({ uploads }: State) => ({ uploads: uploads + 1, upload: uploads + 1 });

/** Marks which upload an actor reads, and tells whether the one that it commits was committed before, in whichever life. */
const followUpload = (called: Called, actor: Actor, method: string): Called => {
  const value = 'value' in called.answer ? called.answer.value : undefined;
  const { state, violations } = called;
  if (method === 'open' && value !== undefined) return { ...called, actor: { ...actor, read: state.upload } };
  if (method !== 'commit' || !(value as Partial<LedgerAnswer> | undefined)?.written) return called;
  const doubled = state.committed.includes(actor.read)
    ? [breach('DOUBLED', `upload ${String(actor.read)} was committed twice`)]
    : [];
  const committed = [...new Set([...state.committed, actor.read])].sort();
  return { ...called, state: { ...state, committed }, violations: [...violations, ...doubled] };
};

const enqueue = (universe: Universe, state: State, files: readonly FileVersion[]) => {
  let { messages } = state;
  for (const { id } of files) {
    const content = universe.contentOf(id);
    messages = put(messages, content, more(messages[content]));
  }
  return { state: { ...state, messages }, violations: [] };
};

const notify = (universe: Universe, state: State, notice: Notice): Called => {
  const content = universe.contentOf(notice.data['fileId'] as string);
  const violations: string[] = [];
  // The id without the file's name: the fence, and the place in the outbox.
  const id = notice.id.slice(notice.id.indexOf('-') + 1);
  const told = state.told[content];
  const oneLife = universe.budgets.ttl === 0 && universe.budgets.replay === 0;
  if (oneLife && told !== '' && told !== id) violations.push(breach('TOLD UNDER TWO IDS', bodies[content]));
  const calm = untroubled(universe, state);
  const notices = put(state.notices, content, calm ? more(state.notices[content]) : 0);
  if (notices[content] > 1) violations.push(breach('NOTICE TWICE', `${bodies[content]}, with no fault at all`));
  const next = { ...state, notices, told: put(state.told, content, oneLife ? id : 'told') };
  return { state: next, answer: { value: null }, violations };
};

const onStore = async (universe: Universe, state: State, { method, args, key }: Request): Promise<Called> => {
  const before = universe.store.view(state.store);
  const effect = await universe.store.call(state.store, key, method, args);
  const violations: string[] = [];
  let next: State = { ...state, store: effect.state };
  const answer = effect.answer;
  const value = 'value' in answer ? answer.value : undefined;
  const file = args[0] as FileVersion;
  if (value === 'refired' || value === 'restored') {
    const content = universe.contentOf(file.id);
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
    else violations.push(...removed(universe, state, gone, universe.contentOf(file.id), before));
  }
  return { state: next, answer, violations };
};

/** What the service deletes has its verdict, its copy, and is what the call spoke of. */
const removed = (
  universe: Universe,
  state: State,
  gone: Content,
  meant: Content,
  before: Readonly<Record<string, string>>,
): string[] => {
  const name = bodies[gone];
  const violations: string[] = [];
  if (gone !== meant) violations.push(breach('NEWER OBJECT DELETED', `${name} by finish of ${bodies[meant]}`));
  const file = universe.files[gone];
  if (!isSettled(universe, state, gone, before)) violations.push(breach('DELETED WITHOUT A VERDICT', name));
  const isDone = universe.item(state, gone)?.status === 'DONE';
  if (universe.setup.archive === 'bak' && isDone && before[archiveKey(file)] === undefined) {
    violations.push(breach('DELETED BEFORE ITS ARCHIVE', name));
  }
  return violations;
};

/**
 * Whether a content may leave the inbox: it has its verdict. Who was about to carry out one that an operator took back
 * puts the file into quarantine again, where its copy never left.
 */
export const isSettled = (
  universe: Universe,
  { decided, budgets }: State,
  content: Content,
  objects: Readonly<Record<string, string>>,
): boolean => {
  const wasReplayed = budgets.replay !== universe.budgets.replay;
  return decided[content] || (wasReplayed && objects[quarantineKey(universe.files[content])] !== undefined);
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
  if (old !== undefined && hasVerdict(old) && now.status !== old.status && method !== 'replay')
    violations.push(breach('VERDICT UNDONE', name));
  if (method === 'commit') {
    const commits = put(next.commits, content, more(next.commits[content]));
    if (commits[content] > 1) violations.push(breach('COMMITTED TWICE', name));
    next = { ...next, commits };
  }
  if (hasVerdict(now)) next = { ...next, decided: put(next.decided, content, true) };
  if (now.status === 'POISON' && old?.status !== 'POISON' && isHealthy(universe, state)) {
    violations.push(breach('HEALTHY FILE POISONED', `${name}, only calls and responses were lost`));
  }
  if (method === 'replay')
    next = { ...next, told: put(next.told, content, ''), decided: put(next.decided, content, false) };
  return { state: next, answer: effect.answer, violations };
};

/** Whether an item says what became of its file. */
export const hasVerdict = ({ status }: Pick<LedgerItem, 'status'>): boolean => status === 'DONE' || status === 'POISON';

/**
 * Whether throttles and lost responses alone befell the file so far, and at least one of its attempts was not ended by a
 * call that failed where nobody else could hear it.
 */
const isHealthy = ({ budgets: full, setup }: Universe, { budgets, unheard }: State): boolean =>
  (['crash', 'stall', 'throws', 'timer'] as const).every((name) => budgets[name] === full[name]) &&
  unheard < setup.maxAttempts;

const recordsFailure: ReadonlySet<string> = new Set(['retry', 'poison', 'note']);

/**
 * Whether an attempt is spent by this call's failure alone: a claim that took effect and was not answered, and a failure that
 * could not be recorded. To whoever comes next both are like a crash.
 */
export const isUnheard = (method: string, failed: 'before its effect' | 'after its effect'): boolean =>
  failed === 'after its effect' ? method === 'claim' : recordsFailure.has(method);
