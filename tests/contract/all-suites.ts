import { laneSuite } from '../support/lane-suite.ts';
import type { ContractWorld, Differences, MakeContractWorld } from './contract-world.ts';
import { ledgerSuite } from './ledger-suite.ts';
import { laneFaultsSuite } from './lane-faults-suite.ts';
import { invokerSuite, notifierSuite, workQueueSuite } from './messaging-suites.ts';
import { objectStoreSuite } from './object-store-suite.ts';
import { quarantineSuite } from './quarantine-suite.ts';

const suites = {
  objectStore: objectStoreSuite,
  quarantine: quarantineSuite,
  ledger: ledgerSuite,
  workQueue: workQueueSuite,
  notifier: notifierSuite,
  invoker: invokerSuite,
  laneFaults: laneFaultsSuite,
};
type Suite = keyof typeof suites;

/**
 * Holds one world to the contract of every port.
 *
 * @param differences the cases that an emulator fails, by suite
 * @param leftOut suites of which it can show nothing, each with the reason
 */
export const allSuites = (
  makeWorld: MakeContractWorld,
  differences: Partial<Readonly<Record<Suite, Differences>>> = {},
  leftOut: Partial<Readonly<Record<Suite, string>>> = {},
): void => {
  for (const [port, suite] of Object.entries(suites) as [Suite, (typeof suites)[Suite]][]) {
    const reason = leftOut[port];
    if (reason !== undefined) {
      it.skip(`${port}: left out, ${reason}`, () => undefined);
      continue;
    }
    describe(port, () => suite(makeWorld, differences[port]));
  }
  describe('laneStore', () => {
    const worlds: ContractWorld[] = [];
    afterAll(() => Promise.all(worlds.map((world) => world.close())));
    laneSuite(async () => {
      const world = await makeWorld();
      worlds.push(world);
      return { laneStore: world.ports.laneStore, pause: world.pause };
    });
  });
};
