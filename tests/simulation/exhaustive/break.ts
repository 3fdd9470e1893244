import type { Invariant } from './invariants.ts';
import type { Breaks, Scenario } from './world.ts';

/** A rule taken away, the bound within which that shows, and the promise that is then broken. */
export type Break = Readonly<{ rule: string; scenario: Scenario; breaks: Invariant; by: Breaks }>;

/** A port with other methods in place of some of its own; one made of a proxy has nothing that could be spread. */
export const inPlaceOf = <Port extends object>(port: Port, own: Partial<Port>): Port =>
  new Proxy(port, { get: (target, name) => Reflect.get(own, name) ?? (Reflect.get(target, name) as unknown) });
