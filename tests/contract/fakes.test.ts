import { createFileVersion } from '../../lib/domain/file-version.ts';
import type { WorkQueue } from '../../lib/ports/work-queue.ts';
import { createQueue } from '../simulation/random/queue.ts';
import { byUtf8 } from '../support/by-utf8.ts';
import { inMemoryLedger } from '../support/in-memory-ledger.ts';
import { recordingWorkQueue } from '../support/recorders.ts';
import { allSuites } from './all-suites.ts';
import { fakeWorld, simulatedQueueWorld } from './fake-world.ts';
import { workQueueSuite } from './messaging-suites.ts';

describe('the fakes', () => allSuites(fakeWorld));
describe('the queue of the random simulation', () => workQueueSuite(simulatedQueueWorld));

/** Queues of which the first receive hands out three messages at most, and the second none. */
const shortened = (): Readonly<Record<string, WorkQueue>> => {
  const recording = recordingWorkQueue();
  recording.shortenNext(3, 0);
  const shares = [0.3, 0];
  const weather = { visibilityMs: () => 1, isDoubled: () => false, isRefused: () => false };
  const clock = { now: () => 0, startTimer: () => () => undefined };
  const simulated = createQueue(clock, { ...weather, fullness: () => shares.shift() ?? 1 });
  return { 'the queue of the unit tests': recording, 'the queue of the random simulation': simulated.workQueue };
};

/** What no emulator shows, and AWS does. */
describe('the fakes, beyond the emulators', () => {
  const file = createFileVersion({ bucket: 'b', key: 'incoming/a', eTag: 'e', size: 1 });

  it('show an item late when asked to, while conditions judge it as it is', async () => {
    let late = false;
    const ledger = inMemoryLedger({ stale: () => late });
    const claim = (owner: string) =>
      ledger.claim({ file, owner, via: 'event', leaseUntil: 10, bounds: { now: 1, skewMs: 1, maxAttempts: 3 } });
    await claim('one');
    late = true;
    expect((await ledger.readAll([file])).size).toBe(0);
    expect(await claim('two')).toMatchObject({ written: false, item: { owner: 'one' } });
    late = false;
    expect((await ledger.readAll([file])).size).toBe(1);
  });

  it('give a delayed message once its delay is over, not before', async () => {
    let now = 0;
    const queue = recordingWorkQueue({ now: () => now });
    await queue.send(file, 10);
    now = 9_999;
    expect(await queue.receive(0)).toEqual([]);
    now = 10_000;
    expect(await queue.receive(0)).toHaveLength(1);
  });

  it.each(Object.entries(shortened()))(
    '%s hands out fewer messages than there are, or none, and loses none by it',
    async (_name, queue) => {
      for (let n = 0; n < 10; n += 1) await queue.send({ ...file, key: String(n) }, 0);
      const received = [await queue.receive(0), await queue.receive(0), await queue.receive(0), await queue.receive(0)];
      expect(received.map(({ length }) => length)).toEqual([3, 0, 7, 0]);
      const bodies = received.flat().map(({ body }) => (JSON.parse(body) as { key: string }).key);
      expect(bodies).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(String));
    },
  );

  it('order keys as their bytes are ordered', () => {
    const keys = ['a', '\ue000', '\uffff', '😀', '😁', 'ab', '', 'é', '\ud7ff'];
    const bytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
    expect([...keys].sort(byUtf8)).toEqual([...keys].sort(bytes));
  });
});
