import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { LaneItem } from '../../../lib/domain/lane.ts';
import type { LedgerItem } from '../../../lib/domain/ledger-item.ts';
import type { LaneStore } from '../../../lib/ports/lane-store.ts';
import type { Quarantine } from '../../../lib/ports/quarantine.ts';
import { inMemoryLedger, type InMemoryLedger } from '../../support/in-memory-ledger.ts';
import {
  inMemoryObjectStore,
  inMemoryQuarantine,
  type InMemoryObjectStore,
} from '../../support/in-memory-object-store.ts';
import { inMemoryLaneStore } from '../../support/in-memory-lanes.ts';
import { testSettings } from '../../support/world.ts';
import type { Answer } from './actor.ts';
import { time } from './actor.ts';

/** A fake whose state is a number: equal states have the same one, and each call on each state is made once. */
export type Component<State> = Readonly<{
  initial: number;
  /** The state as data, to be looked at and not changed. */
  view(state: number): State;
  text(state: number): string;
  call(state: number, key: string, method: string, args: readonly unknown[]): Effect | Promise<Effect>;
}>;
export type Effect = Readonly<{ state: number; answer: Answer }>;

type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;
type Fake<State> = Readonly<{ methods: Methods; load(state: State): void; save(): State }>;

const createComponent = <State>({ methods, load, save }: Fake<State>): Component<State> => {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  const views: State[] = [];
  const effects = new Map<string, Effect>();
  const numberOf = (state: State): number => {
    const text = JSON.stringify(state);
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, texts.length);
    views.push(JSON.parse(text) as State);
    return texts.push(text) - 1;
  };
  const perform = async (state: number, key: string, method: string, args: readonly unknown[]): Promise<Effect> => {
    load(JSON.parse(texts[state]!) as State);
    let answer: Answer;
    try {
      // What goes out and comes in is copied, as over a wire.
      const value = await methods[method]!(...(structuredClone(args) as never[]));
      answer = { value: value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown) };
    } catch (error) {
      const { name } = error as Error;
      if (name !== 'GoneError' && name !== 'SupersededError') throw error;
      answer = { error: name };
    }
    const effect = { state: numberOf(save()), answer };
    effects.set(`${String(state)} ${key}`, effect);
    return effect;
  };
  return {
    initial: numberOf(save()),
    view: (state) => views[state]!,
    text: (state) => texts[state]!,
    call: (state, key, method, args) => effects.get(`${String(state)} ${key}`) ?? perform(state, key, method, args),
  };
};

/** What no rule of the protocol reads is written alike, so that it makes no states of its own. */
const canonical = (item: LedgerItem, redrive: 'queue' | 'refire'): LedgerItem => {
  const { sends, sentAt, ...rest } = item;
  // The wait between two sends is none, so only what was re-fired is counted, up to the two times that matter.
  const marks =
    redrive === 'refire' && sends !== undefined
      ? { sends: Math.min(2, sends), ...(sentAt !== undefined && { sentAt }) }
      : {};
  const heeded = item.status === 'PROCESSING' || item.status === 'POISON' || item.outbox !== undefined;
  return {
    ...rest,
    ...marks,
    ...(item.leaseUntil !== undefined && !heeded && { leaseUntil: 0 }),
  };
};

export type BreakLedger = (ledger: InMemoryLedger) => Partial<InMemoryLedger>;
/** The store's calls: those of its port, of the quarantine in it, and the second half of a refire. */
type StoreCalls = InMemoryObjectStore &
  Pick<Quarantine, 'restore'> &
  Readonly<{ copyBack(file: FileVersion, viaKey: string): Promise<'refired' | 'absent'> }>;
export type BreakStore = (store: InMemoryObjectStore) => Partial<StoreCalls>;
export type BreakLanes = (lanes: ReturnType<typeof inMemoryLaneStore>) => Partial<LaneStore>;

/** The ledger of the simulation, and what time does to it: a lease that ends, a TTL that takes an item away. */
export const ledgerComponent = (
  redrive: 'queue' | 'refire',
  broken: BreakLedger = () => ({}),
): Component<Record<string, LedgerItem>> => {
  const ledger = inMemoryLedger();
  const { items } = ledger;
  return createComponent({
    methods: {
      ...ledger,
      ...broken(ledger),
      readAll: async (files: readonly FileVersion[]) => [...(await ledger.readAll(files)).values()],
      endLease: (id: string) => void items.set(id, { ...items.get(id)!, leaseUntil: 0 }),
      expire: (id: string) => void items.delete(id),
    } as unknown as Methods,
    load(state) {
      items.clear();
      for (const [id, item] of Object.entries(state)) items.set(id, item);
    },
    save: () => Object.fromEntries([...items].sort().map(([id, item]) => [id, sorted(canonical(item, redrive))])),
  });
};

const sorted = <Item extends object>(item: Item): Item => Object.fromEntries(Object.entries(item).sort()) as Item;

/** The inbox bucket: its objects' contents by key. */
export const storeComponent = (broken: BreakStore = () => ({})): Component<Record<string, string>> => {
  const store = inMemoryObjectStore({ now: () => time });
  const { inboxBucket } = testSettings;
  return createComponent({
    methods: {
      ...store,
      ...inMemoryQuarantine(store, inboxBucket),
      list: store.list,
      open: async (file: FileVersion) => {
        await store.open(file);
        return 'opened';
      },
      copyBack: async (file: FileVersion, viaKey: string) => {
        const [here, there] = [`${file.bucket}/${file.key}`, `${file.bucket}/${viaKey}`];
        if (!(await store.stands(file)) || !store.objects.has(there)) return 'absent';
        store.copyObject(there, here);
        return 'refired';
      },
      ...broken(store),
    } as unknown as Methods,
    load(state) {
      store.objects.clear();
      for (const [key, body] of Object.entries(state)) store.put(inboxBucket, key, body);
    },
    save: () =>
      Object.fromEntries(
        [...store.objects]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([path, { body }]) => [path.slice(inboxBucket.length + 1), new TextDecoder().decode(body)]),
      ),
  });
};

/** The lanes of the relay and the sweep. */
export const laneComponent = (broken: BreakLanes = () => ({})): Component<Record<string, LaneItem>> => {
  const store = inMemoryLaneStore();
  const { lanes } = store;
  const { claim, renew, release } = { ...store, ...broken(store) };
  return createComponent({
    methods: {
      'lane.claim': claim,
      'lane.renew': renew,
      'lane.release': release,
      endLease: (lane: string) => void lanes.set(lane, { ...lanes.get(lane)!, leaseUntil: 0 }),
    },
    load(state) {
      lanes.clear();
      for (const [lane, item] of Object.entries(state)) lanes.set(lane, item);
    },
    save: () => Object.fromEntries([...lanes].sort().map(([lane, item]) => [lane, sorted(item)])),
  });
};
