import type { Baton } from '../../lib/domain/lane.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import type { Invoker } from '../../lib/ports/invoker.ts';
import type { LaneStore } from '../../lib/ports/lane-store.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import type { Notifier } from '../../lib/ports/notifier.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { Quarantine } from '../../lib/ports/quarantine.ts';
import type { QueueMessage, WorkQueue } from '../../lib/ports/work-queue.ts';

/** The ports that a contract suite holds to AWS's behaviour. */
export type ContractPorts = Readonly<{
  objectStore: ObjectStore;
  quarantine: Quarantine;
  ledger: Ledger;
  laneStore: LaneStore;
  workQueue: WorkQueue;
  notifier: Notifier;
  invoker: Invoker;
}>;

/**
 * A fresh world for one test: the ports, and beside them the hands of those who stand around the service (a sender, an
 * operator, a subscriber) and the faults of the line. Listings and reads come in pages of three, so that each suite
 * walks pages.
 */
export type ContractWorld = Readonly<{
  ports: ContractPorts;
  inboxBucket: string;
  put(key: string, body: string, options?: { byParts: boolean }): Promise<FileVersion>;
  delete(key: string): Promise<void>;
  /** The body under the key of the inbox bucket, or of the outputs bucket; undefined where no object stands. */
  read(key: string, bucket?: 'outputs'): Promise<string | undefined>;
  pause(lane: string): Promise<void>;
  /** The visibility timeout of these messages ends. */
  makeVisible(messages: readonly QueueMessage[]): Promise<void>;
  /** From now on, what is received stays hidden for so long. */
  hideFor(seconds: number): Promise<void>;
  /** So much time passes, at the latest within the next receive that waits for it. */
  passSeconds(seconds: number): void;
  /** The next receive leaves visible what it hands out: a standard queue may hand a message out twice at once. */
  doubleNextReceive(): void;
  /** The bodies in the dead-letter queue. */
  deadLetters(): Promise<readonly string[]>;
  /** What the function on the queue's other end reads in a body. */
  readMessage(body: string): readonly FileVersion[];
  /** The queue accepts the next batch, sent, deleted or put back, but for its first so many entries. */
  refuseNextEntries(entries: number): void;
  /** The notices that reached a subscriber since the last look, by id; waits until so many are there. */
  delivered(atLeast: number): Promise<readonly { id: string; kind: string }[]>;
  /** The batons that reached the function; waits until so many are there. */
  handedOn(atLeast: number): Promise<readonly Baton[]>;
  /** The next call of the port takes effect, its response is lost, and the SDK makes it again. */
  loseNextResponse(port: keyof ContractPorts): void;
  /** The next call of the port is throttled, and takes no effect. */
  throttleNext(port: keyof ContractPorts): void;
  /** S3 answers the next so many conditional writes, copies and deletes with 409: they raced another write of the key. */
  conflictNextWrites(times: number): void;
  /** Somebody else is at the bucket between the two copies of the next refire. */
  betweenCopiesOfNextRefire(hand: () => Promise<unknown>): void;
  close(): Promise<void>;
}>;

export type MakeContractWorld = () => Promise<ContractWorld>;

/** What an emulator does otherwise than AWS, by the title of the case, with the reason. */
export type Differences = Readonly<Record<string, string>>;

/**
 * Defines the cases of one suite. A case that an emulator is known to fail is still run: it must fail there, so that
 * no exception outlives its reason.
 */
export const casesOf = <World extends { close(): Promise<void> }>(
  makeWorld: () => Promise<World>,
  differences: Differences = {},
) => {
  const holds = (title: string, test: (world: World) => Promise<void>): void => {
    const run = async (): Promise<void> => {
      const world = await makeWorld();
      try {
        await test(world);
      } finally {
        await world.close();
      }
    };
    const reason = differences[title];
    if (reason === undefined) it(title, run);
    else it(`${title} — differs: ${reason}`, () => expect(run()).rejects.toThrow());
  };
  return { holds };
};

/** The cases of one of the service's own ports. */
export const contractCases = (makeWorld: MakeContractWorld, differences: Differences = {}) =>
  casesOf(makeWorld, differences);
