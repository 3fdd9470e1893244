import { createFileVersion, type FileVersion } from '../../../lib/domain/file-version.ts';
import type { Baton } from '../../../lib/domain/lane.ts';
import { inMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { testSettings } from '../../support/world.ts';
import { createActorStates, type ActorState } from './actor.ts';
import {
  laneComponent,
  ledgerComponent,
  storeComponent,
  type BreakLanes,
  type BreakLedger,
  type BreakStore,
} from './component.ts';
import { createProgram, realUseCases, type Setup, type UseCases } from './program.ts';

/** What the sender does, in order: puts A or B under the one key, or deletes what stands there. */
export type SenderStep = 'A' | 'B' | 'delete';

/** How often each trouble may come, anywhere: the bound of an exploration. */
export type Budgets = Readonly<{
  /** A function dies before a call, or after it. */
  crash: number;
  /** A call takes effect, its response is lost, and the SDK makes it again. */
  loss: number;
  /** A call fails as throttled: without its effect, or after it. */
  failure: number;
  /** A lease ends while its owner still works. */
  stall: number;
  /** An event comes twice. */
  double: number;
  /** The action throws. */
  throws: number;
  /** A timer comes while a call is out: the lease is renewed, or is given up by its owner's own clock. */
  timer: number;
  /** TTL takes an item away. */
  ttl: number;
  /** An operator replays a quarantined file. */
  replay: number;
  /** A sweep begins. */
  sweep: number;
  /** A relay begins by a tick of its schedule. */
  tick: number;
  /** The time of a relay or a sweep is up: it hands its baton on. */
  late: number;
}>;

export type Scenario = Readonly<{ name: string; script: readonly SenderStep[] }> & Partial<Budgets> & Partial<Setup>;

/** Deliberate breaks, to see that the explorer bites. */
export type Breaks = Readonly<{
  useCases?: Partial<UseCases>;
  ledger?: BreakLedger;
  store?: BreakStore;
  lanes?: BreakLanes;
}>;

/**
 * An actor on its way. `lost`: the call whose response was lost and that is made again; 0 for none. `read`: the upload that
 * it has read, 0 for none. `held`: the messages that it has received and not deleted. `stalled`: a lease of its ended while
 * it was at work. `old`: the content whose verdict an operator took back while it was at work, until it asks anew.
 */
export type Actor = Readonly<{
  state: number;
  lost: number;
  read: number;
  held: readonly Content[];
  stalled: boolean;
  old: Content | undefined;
  source: 'event' | 'queue' | 'lane';
}>;

export type Content = 0 | 1;
export type Pair<T> = readonly [T, T];

/** The whole state of an exploration; everything in it is small and immutable. */
export type State = Readonly<{
  ledger: number;
  store: number;
  lanes: number;
  /** Batons on their way. */
  batons: readonly Baton[];
  /** Steps of the sender taken. */
  sender: number;
  /** Events and messages on their way, per content, at most two. */
  events: Pair<number>;
  messages: Pair<number>;
  processors: Pair<Actor | undefined>;
  sweeper: Actor | undefined;
  operator: Actor | undefined;
  budgets: Budgets;
  /** Of this life of the file version: commits, and the id of the notice that was sent. */
  commits: Pair<number>;
  told: Pair<string>;
  /** Whether what its sender put last has come to a verdict: a verdict that TTL took away says nothing of a later put. */
  decided: Pair<boolean>;
  /** A verdict was taken back and the file is still, or again, in quarantine: a person finds it there. */
  waits: Pair<boolean>;
  /** Calls that failed so that an attempt cannot be told from one whose owner died. */
  unheard: number;
  /** Each put and each replay is an upload: how many there were, which one stands in the inbox, which were committed. */
  uploads: number;
  upload: number;
  committed: readonly number[];
  /** Reads for work, and notices sent, while no trouble has come at all. */
  work: Pair<number>;
  notices: Pair<number>;
}>;

export const contents = [0, 1] as const;
export const inboxKey = 'incoming/a';
export const bodies: Pair<string> = ['A', 'B'];

const noBudgets: Budgets = {
  crash: 0,
  loss: 0,
  failure: 0,
  stall: 0,
  double: 0,
  throws: 0,
  timer: 0,
  ttl: 0,
  replay: 0,
  sweep: 1,
  tick: 0,
  late: 0,
};

/** Everything that stays the same throughout one exploration. */
export const createUniverse = (scenario: Scenario, breaks: Breaks = {}) => {
  const setup: Setup = {
    maxAttempts: scenario.maxAttempts ?? 2,
    archive: scenario.archive ?? 'versions',
    redrive: scenario.redrive ?? 'queue',
    copiesRename: scenario.copiesRename ?? false,
    lanes: scenario.lanes ?? false,
  };
  const budgets = Object.fromEntries(
    Object.entries(noBudgets).map(([name, none]) => [name, scenario[name as keyof Budgets] ?? none]),
  ) as Budgets;
  const { eTagA, eTagB } = eTags();
  const file = (eTag: string): FileVersion =>
    createFileVersion({ bucket: testSettings.inboxBucket, key: inboxKey, eTag, size: 1 });
  const files: Pair<FileVersion> = [file(eTagA), file(eTagB)];
  const ledger = ledgerComponent(setup.redrive, breaks.ledger);
  const store = storeComponent(breaks.store);
  const lanes = laneComponent(breaks.lanes);
  const initial: State = {
    ledger: ledger.initial,
    store: store.initial,
    lanes: lanes.initial,
    batons: [],
    sender: 0,
    events: [0, 0],
    messages: [0, 0],
    processors: [undefined, undefined],
    sweeper: undefined,
    operator: undefined,
    budgets,
    commits: [0, 0],
    told: ['', ''],
    decided: [false, false],
    waits: [false, false],
    unheard: 0,
    uploads: 0,
    upload: 0,
    committed: [],
    work: [0, 0],
    notices: [0, 0],
  };
  const actors = createActorStates(createProgram(setup, { ...realUseCases, ...breaks.useCases }));
  return {
    setup,
    budgets,
    script: scenario.script,
    files,
    ledger,
    store,
    lanes,
    actors,
    initial,
    /** The content that stands in the inbox; undefined when none does. */
    current: (state: State): Content | undefined => {
      const body = store.view(state.store)[inboxKey];
      return body === undefined ? undefined : (bodies.indexOf(body) as Content);
    },
    item: (state: State, content: Content) => ledger.view(state.ledger)[files[content].id],
    contentOf: (fileId: string): Content => (fileId === files[0].id ? 0 : 1),
    stateOf: (actor: Actor): ActorState => actors.get(actor.state),
  };
};
export type Universe = ReturnType<typeof createUniverse>;

const eTags = () => {
  const store = inMemoryObjectStore();
  return { eTagA: store.put('x', 'a', bodies[0]).eTag, eTagB: store.put('x', 'a', bodies[1]).eTag };
};

export const put = <T>(pair: Pair<T>, at: Content, value: T): Pair<T> =>
  at === 0 ? [value, pair[1]] : [pair[0], value];

/** Equal keys are equal states. The two processors are alike, so their order does not count. */
export const keyOf = (state: State): string => {
  const { ledger, store, sender, events, messages, processors, sweeper, operator, budgets, told, decided, waits } =
    state;
  const { commits, work, notices, uploads, upload, committed, unheard, lanes, batons } = state;
  const { crash, loss, failure, stall, double, throws, timer, ttl, replay, sweep, tick, late } = budgets;
  const [left, right] = [nameOf(processors[0]), nameOf(processors[1])];
  const actors = left < right ? `${left},${right}` : `${right},${left}`;
  return (
    `${ledger},${store},${sender},${events[0]}${events[1]}${messages[0]}${messages[1]},${actors},${nameOf(sweeper)},` +
    `${nameOf(operator)},${crash}${loss}${failure}${stall}${double}${throws}${timer}${ttl}${replay}${sweep}${tick}${late},` +
    `${commits[0]}${commits[1]}${decided[0] ? 1 : 0}${decided[1] ? 1 : 0}${waits[0] ? 1 : 0}${waits[1] ? 1 : 0}${unheard}${work[0]}${work[1]}${notices[0]}${notices[1]},` +
    `${told[0]},${told[1]},${uploads}.${upload}.${committed.join('.')},` +
    `${lanes},${batons.map(({ lane, fence }) => `${lane}${fence}`).join()}`
  );
};

const nameOf = (actor: Actor | undefined): string =>
  actor === undefined
    ? ''
    : `${actor.state}.${actor.lost}.${actor.read}${actor.source === 'queue' ? 'q' : ''}${actor.stalled ? 's' : ''}${actor.old === undefined ? '' : `o${actor.old}`}${actor.held.join('')}`;
