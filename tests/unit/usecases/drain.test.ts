import { AccessDeniedError, ServiceUnavailableError, UnreadableEventError } from '../../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../../lib/domain/file-version.ts';
import { drainLane, drainQueue, type DrainDependencies, type DrainSettings } from '../../../lib/usecases/drain.ts';
import { inMemoryLaneStore, recordingInvoker } from '../../support/in-memory-lanes.ts';
import { inMemoryWorld, testSettings } from '../../support/world.ts';

const readMessage: DrainDependencies['readMessage'] = (body) => {
  if (!body.startsWith('{')) throw new UnreadableEventError('not ours');
  return { files: [JSON.parse(body) as FileVersion], unreadable: [] };
};

const relayIn = async (drain: Partial<DrainSettings> = {}) => {
  const world = await inMemoryWorld({ rules: [{ prefix: 'incoming/', actions: [] }], settings: { concurrency: 10 } });
  const laneStore = inMemoryLaneStore();
  const invoker = recordingInvoker();
  const dependencies: DrainDependencies = {
    ...world.dependencies,
    laneStore,
    invoker,
    readMessage,
    drain: { maxHops: 12, maxMessages: 100_000, waitSeconds: 2, ...drain },
  };
  const drainNow = (deadlineAt = Infinity, baton?: Parameters<typeof drainQueue>[1]['baton']) =>
    drainQueue(dependencies, { baton, deadlineAt });
  const putMany = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      await world.workQueue.send(await world.put(`incoming/${String(n)}`, String(n)), 0);
    }
  };
  return { world, laneStore, invoker, dependencies, drainNow, putMany };
};

describe('the drain', () => {
  it('empties the queue at a fifth of a call a message, and stops at the first empty poll', async () => {
    const { world, laneStore, drainNow, putMany } = await relayIn();
    await putMany(1_000);
    const { outcome, report } = await drainNow();
    expect(outcome).toBe('finished');
    expect(report).toEqual({ received: 1_000, answered: 1_000, setAside: 0, unanswered: 0 });
    expect(world.workQueue.calls()).toBe(201);
    expect(world.metrics.recorded).toEqual(
      expect.arrayContaining([
        { received: 1_000, answered: 1_000, setAside: 0, unanswered: 0 },
        { runs: 1, hops: 0, budgetsSpent: 0, batonsLost: 0, lane: 'drain' },
      ]),
    );
    expect(await world.keys()).toEqual([]);
    expect(laneStore.lanes.get(drainLane)).toMatchObject({ leaseUntil: 0, backlogMs: 0 });
  });

  it('goes on after a receive that falls short; one that gives none ends the run, and the next finds what is left', async () => {
    const { world, drainNow, putMany } = await relayIn();
    await putMany(20);
    world.workQueue.shortenNext(3, 10, 0);
    expect(await drainNow()).toMatchObject({ outcome: 'finished', report: { received: 13, answered: 13 } });
    expect(world.workQueue.waiting).toHaveLength(7);
    expect(await world.keys()).toHaveLength(7);
    expect(await drainNow()).toMatchObject({ outcome: 'finished', report: { received: 7, answered: 7 } });
    expect(await world.keys()).toEqual([]);
  });

  it('deletes what the ledger holds an answer for, whatever the answer', async () => {
    const { world, drainNow, putMany } = await relayIn();
    await putMany(1);
    await world.workQueue.send({ ...world.workQueue.sent[0]!.file, key: 'incoming/gone', id: 'gone' }, 0);
    await world.workQueue.send(world.workQueue.sent[0]!.file, 0);
    await drainNow();
    expect(world.workQueue.inFlight.size).toBe(0);
  });

  it('sets a message that nobody can read aside at once, names it, and holds nothing up for it', async () => {
    const { world, drainNow, putMany } = await relayIn();
    world.workQueue.push('hello');
    await putMany(3);
    const { outcome, report } = await drainNow();
    expect(outcome).toBe('finished');
    expect(report).toEqual({ received: 4, answered: 3, setAside: 1, unanswered: 0 });
    expect(world.workQueue.deadLetters).toEqual(['hello']);
    expect(world.workQueue.inFlight.size).toBe(0);
    expect(world.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ messageId: 'message-1', error: 'UnreadableEventError: not ours' }),
      }),
    );
  });

  it('sets a message aside at once in which nothing is ours, however many records it has', async () => {
    const { world, dependencies } = await relayIn();
    const foreign = createFileVersion({ bucket: 'elsewhere', key: 'incoming/a', eTag: 'e', size: 1 });
    const files = [foreign, { ...foreign, key: 'incoming/b' }];
    world.workQueue.push('two');
    const twice = { ...dependencies, readMessage: () => ({ files, unreadable: [] }) };
    const { report } = await drainQueue(twice, { baton: undefined, deadlineAt: Infinity });
    expect(report).toEqual({ received: 1, answered: 0, setAside: 1, unanswered: 0 });
    expect(world.workQueue.deadLetters).toEqual(['two']);
  });

  it('stops receiving while the ledger throttles, so that no message is used up', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(100);
    world.throttleLedger(true);
    const { outcome, report } = await drainQueue(dependencies, { baton: undefined, deadlineAt: Infinity });
    expect(outcome).toBe('throttled');
    expect(report).toEqual({ received: 10, answered: 0, setAside: 0, unanswered: 10 });
    world.throttleLedger(false);
    world.workQueue.returnInFlight();
    expect((await drainQueue(dependencies, { baton: undefined, deadlineAt: Infinity })).report.answered).toBe(100);
  });

  it('stops receiving while S3 throttles: each file would come again and again for nothing', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(100);
    const objectStore: typeof dependencies.objectStore = {
      ...dependencies.objectStore,
      open: () => Promise.reject(new ServiceUnavailableError('S3 says SlowDown')),
    };
    const cut = await drainQueue({ ...dependencies, objectStore }, { baton: undefined, deadlineAt: Infinity });
    expect(cut).toEqual({
      outcome: 'throttled',
      // The ledger holds an answer for each, to try again, so these messages are spent.
      report: { received: 10, answered: 10, setAside: 0, unanswered: 0 },
    });
    expect(world.workQueue.inFlight.size).toBe(0);
  });

  it('goes on when a few files cannot be read: one that breaks off each time must not hold up the queue', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(100);
    let opened = 0;
    const objectStore: typeof dependencies.objectStore = {
      ...dependencies.objectStore,
      open: (...how) =>
        (opened += 1) % 5 === 0
          ? Promise.reject(new ServiceUnavailableError('the body broke off'))
          : dependencies.objectStore.open(...how),
    };
    const run = await drainQueue({ ...dependencies, objectStore }, { baton: undefined, deadlineAt: Infinity });
    expect(run.outcome).toBe('finished');
    expect(run.report.received).toBeGreaterThanOrEqual(100);
    expect(world.workQueue.inFlight.size).toBe(0);
  });

  it("goes on when a file may not be read: a refused permission is no throttling, and may be that file's alone", async () => {
    const { dependencies, putMany } = await relayIn();
    await putMany(20);
    const objectStore: typeof dependencies.objectStore = {
      ...dependencies.objectStore,
      open: () => Promise.reject(new AccessDeniedError("its key is another account's")),
    };
    const run = await drainQueue({ ...dependencies, objectStore }, { baton: undefined, deadlineAt: Infinity });
    expect(run.report.received).toBeGreaterThanOrEqual(20);
  });

  it('is run by one at a time', async () => {
    const { world, laneStore, drainNow, dependencies } = await relayIn();
    const now = world.clock.now();
    await laneStore.claim({ lane: drainLane, owner: 'x', leaseUntil: now + 45_000, now, skewMs: 0, baton: undefined });
    expect((await drainNow()).outcome).toBe('not-mine');
    expect(world.workQueue.calls()).toBe(0);
    expect(dependencies.drain.maxHops).toBe(12);
  });

  it('hands the baton on at its deadline; a doubled or late baton changes nothing', async () => {
    const { world, invoker, drainNow, putMany } = await relayIn();
    await putMany(10);
    expect((await drainNow(world.clock.now())).outcome).toBe('handed-on');
    const [baton] = invoker.batons;
    expect((await drainNow(Infinity, baton)).outcome).toBe('finished');
    const calls = world.workQueue.calls();
    expect((await drainNow(Infinity, baton)).outcome).toBe('not-mine');
    await world.clock.advance(60 * 60_000);
    expect((await drainNow(Infinity, baton)).outcome).toBe('not-mine');
    expect(world.workQueue.calls()).toBe(calls);
  });

  it('that cannot delete lets its lane go before it fails, and ends no process by it', async () => {
    const { laneStore, dependencies, putMany } = await relayIn({ maxMessages: 1 });
    await putMany(1);
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const workQueue = {
      ...dependencies.workQueue,
      deleteAll: () => Promise.reject(new ServiceUnavailableError('SQS is down')),
    };
    const release: typeof laneStore.release = async (by) => {
      // Node looks for promises that nobody awaits between two turns of its loop.
      await new Promise((resolve) => setImmediate(resolve));
      return laneStore.release(by);
    };
    const run = { ...dependencies, workQueue, laneStore: { ...laneStore, release } };
    await expect(drainQueue(run, { baton: undefined, deadlineAt: Infinity })).rejects.toThrow('SQS is down');
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
    expect(laneStore.lanes.get(drainLane)).toMatchObject({ leaseUntil: 0 });
  });

  it('receives only as long as a file that takes its whole run time could still end', async () => {
    const { world, drainNow, putMany } = await relayIn();
    await putMany(1);
    expect(await drainNow(world.clock.now() + testSettings.maxRunMs)).toMatchObject({
      outcome: 'handed-on',
      report: { received: 0 },
    });
    const { report } = await drainNow(world.clock.now() + testSettings.maxRunMs + 1);
    expect(report).toMatchObject({ received: 1 });
  });

  it('receives the next batch while it works on one, and never more than one ahead', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(100);
    let most = 0;
    let receives = 0;
    const received = Promise.withResolvers<undefined>();
    const workQueue: typeof world.workQueue = {
      ...world.workQueue,
      receive: async (...how) => {
        const messages = await world.workQueue.receive(...how);
        most = Math.max(most, world.workQueue.inFlight.size);
        if ((receives += 1) === 3) received.resolve(undefined);
        return messages;
      },
    };
    const { claim } = dependencies.ledger;
    const ledger: typeof dependencies.ledger = {
      ...dependencies.ledger,
      claim: async (by) => {
        // The first batch is calm; the second is answered only once the third has been received.
        if (receives >= 2) await received.promise;
        return claim(by);
      },
    };
    await drainQueue({ ...dependencies, ledger, workQueue }, { baton: undefined, deadlineAt: Infinity });
    expect(most).toBe(20);
    expect(world.workQueue.inFlight.size).toBe(0);
  });

  it('puts a batch back that it has received and cannot begin any more, before the next run starts', async () => {
    const { world, invoker, dependencies, putMany } = await relayIn();
    await putMany(40);
    const deadlineAt = world.clock.now() + testSettings.maxRunMs + 1_000;
    const { claim } = dependencies.ledger;
    let claims = 0;
    const ledger: typeof dependencies.ledger = {
      ...dependencies.ledger,
      claim: async (by) => {
        if ((claims += 1) === 11) await world.clock.advance(1_000);
        return claim(by);
      },
    };
    const handOn = async (...baton: Parameters<typeof invoker.handOn>): Promise<void> => {
      expect(world.workQueue.inFlight.size).toBe(0);
      await invoker.handOn(...baton);
    };
    const run = { ...dependencies, ledger, invoker: { handOn } };
    const { outcome, report } = await drainQueue(run, { baton: undefined, deadlineAt });
    expect(outcome).toBe('handed-on');
    expect(report).toMatchObject({ received: 20, answered: 20 });
    expect(world.workQueue.waiting).toHaveLength(20);
  });

  it('receives nothing ahead that would hardly be begun, by the time that the last batch took', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(40);
    const { claim } = dependencies.ledger;
    let claims = 0;
    const ledger: typeof dependencies.ledger = {
      ...dependencies.ledger,
      claim: async (by) => {
        if ((claims += 1) % 10 === 1) await world.clock.advance(400);
        return claim(by);
      },
    };
    const deadlineAt = world.clock.now() + testSettings.maxRunMs + 1_000;
    await drainQueue({ ...dependencies, ledger }, { baton: undefined, deadlineAt });
    // Three batches began, at 0, 400 and 800 ms. None was put back: a receive and a delete for each.
    expect(world.workQueue.calls()).toBe(6);
  });

  it('leaves the batch ahead hidden when the ledger begins to throttle', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(40);
    const { claim } = dependencies.ledger;
    let claims = 0;
    const ledger: typeof dependencies.ledger = {
      ...dependencies.ledger,
      claim: async (by) => {
        if ((claims += 1) === 11) world.throttleLedger(true);
        return claim(by);
      },
    };
    const { report } = await drainQueue({ ...dependencies, ledger }, { baton: undefined, deadlineAt: Infinity });
    expect(report).toMatchObject({ received: 20, answered: 10, unanswered: 10 });
    expect(world.workQueue.inFlight.size).toBe(20);
  });

  it('takes no more messages than it can begin at once: a second round might be cut off and spend an attempt', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(10);
    const most: number[] = [];
    const workQueue: typeof world.workQueue = {
      ...world.workQueue,
      receive: (waitSeconds, count = 10) => (most.push(count), world.workQueue.receive(waitSeconds, count)),
    };
    const settings = { ...dependencies.settings, concurrency: 8 };
    await drainQueue({ ...dependencies, workQueue, settings }, { baton: undefined, deadlineAt: Infinity });
    expect(new Set(most)).toEqual(new Set([8]));
  });

  it('stops at its budget of messages', async () => {
    const { drainNow, putMany } = await relayIn({ maxMessages: 20 });
    await putMany(30);
    expect(await drainNow()).toMatchObject({ outcome: 'budget', report: { received: 20 } });
  });

  it('keeps working when the baton cannot be handed on: the next tick goes on', async () => {
    const { world, dependencies, putMany } = await relayIn();
    await putMany(1);
    const invoker = { handOn: () => Promise.reject(new ServiceUnavailableError('Lambda is throttled')) };
    const cut = await drainQueue({ ...dependencies, invoker }, { baton: undefined, deadlineAt: world.clock.now() });
    expect(cut.outcome).toBe('baton-lost');
    expect((await drainQueue(dependencies, { baton: undefined, deadlineAt: Infinity })).report.answered).toBe(1);
  });
});
