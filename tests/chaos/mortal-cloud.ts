import { setTimeout } from 'node:timers/promises';
import { createClients, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type CloudOptions, type OwnCloud } from '../../demo/cloud.ts';
import { followRequests, type RequestFollower } from '../../demo/follow-requests.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';

/** A cloud that is killed and started again on the same state: to its senders, a service that is away for a while. */
export type MortalCloud = Readonly<{
  start(): Promise<Life>;
  /** Kills the life that `start` has given last. */
  kill(): Promise<void>;
  /** Ends it in peace. */
  stop(): Promise<void>;
  /** Does the work at the cloud that lives, and once more at the next one where this one was killed meanwhile. */
  attempt<T>(work: (sender: Clients) => Promise<T>): Promise<T>;
  /** The request logs of all lives, one after the other. What a life wrote last, nobody may have read. */
  follower: RequestFollower;
}>;

/** From a start to the kill, or to the end. */
export type Life = Readonly<{
  cloud: OwnCloud;
  /** Signed by the senders, whose requests the log tells from those of the functions. */
  sender: Clients;
  /** Settles once the log has so many entries of this life. */
  untilRequests(count: number): Promise<void>;
}>;

const pollMs = 10;

/** `onRequests` is told of each entry of a log that was read. */
export const createMortalCloud = (
  options: CloudOptions & Readonly<{ stateDir: string }>,
  onRequests: (entries: readonly RequestLogEntry[]) => void,
): MortalCloud => {
  const followers: RequestFollower[] = [];
  const ended = new WeakSet<Clients>();
  let coming = Promise.withResolvers<Life>();
  let living: Life | undefined;

  const poll = async (): Promise<readonly RequestLogEntry[]> => {
    const entries = (await followers.at(-1)?.poll()) ?? [];
    onRequests(entries);
    return entries;
  };
  const untilRequests = async (count: number): Promise<void> => {
    for (let seen = 0; seen < count; seen += (await poll()).length) await setTimeout(pollMs);
  };

  const end = async (how: 'kill' | 'stop'): Promise<void> => {
    if (living === undefined) return;
    const { cloud, sender } = living;
    living = undefined;
    coming = Promise.withResolvers();
    ended.add(sender);
    await cloud[how]();
    sender.destroy();
  };

  return {
    async start() {
      const cloud = await startOwnCloud(options);
      followers.push(followRequests(cloud.endpoint));
      living = { cloud, sender: createClients(cloud.endpoint, 'sender'), untilRequests };
      coming.resolve(living);
      return living;
    },
    kill: () => end('kill'),
    stop: () => end('stop'),
    async attempt(work) {
      for (;;) {
        const { sender } = await coming.promise;
        try {
          return await work(sender);
        } catch (error) {
          // An error while the cloud lives is the test's.
          if (!ended.has(sender)) throw error;
        }
      }
    },
    follower: {
      poll,
      read: () => ({
        entries: followers.flatMap((follower) => follower.read().entries),
        dropped: followers.reduce((sum, follower) => sum + follower.read().dropped, 0),
      }),
    },
  };
};
