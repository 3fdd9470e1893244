import type { Rule } from '../../../lib/domain/action.ts';
import { createFileVersion, type FileVersion } from '../../../lib/domain/file-version.ts';
import type { Dependencies } from '../../../lib/usecases/dependencies.ts';
import { sweepInbox, sweepLane, type SweepDependencies, type SweepSettings } from '../../../lib/usecases/sweep.ts';
import { processFile } from '../../../lib/usecases/process-file.ts';
import { ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import { inMemoryLaneStore, recordingInvoker } from '../../support/in-memory-lanes.ts';
import { inMemoryWorld, testSettings, type World } from '../../support/world.ts';

const minimumAgeMs = 5 * 60_000;
const quiet: Rule[] = [{ prefix: 'incoming/', actions: [] }];
const telling: Rule[] = [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'telling',
        run: async (file) => {
          file.notify({ subject: 'done', text: 'done' });
          return undefined;
        },
      },
    ],
  },
];

const sweeperIn = async (rules = quiet, sweep: Partial<SweepSettings> = {}) => {
  const world = await inMemoryWorld({ rules });
  const laneStore = inMemoryLaneStore();
  const invoker = recordingInvoker();
  const dependencies: SweepDependencies = {
    ...world.dependencies,
    laneStore,
    invoker,
    sweep: { redrive: 'queue', minimumAgeMs, resendMs: 10 * 60_000, maxHops: 12, backlogMs: async () => 0, ...sweep },
  };
  const sweepNow = (deadlineAt = world.clock.now() + 60_000, baton?: Parameters<typeof sweepInbox>[1]['baton']) =>
    sweepInbox(dependencies, { baton, deadlineAt });
  return { world, laneStore, invoker, dependencies, sweepNow };
};

const process = (world: World, file: FileVersion, change: Partial<Dependencies> = {}) =>
  processFile(
    { ...world.dependencies, ...change },
    { file, via: 'event', deadlineAt: world.clock.now() + 24 * 60 * 60_000 },
  );

describe('the sweep', () => {
  it('sends a file whose event was lost, once it is old enough, and notes that it did', async () => {
    const { world, sweepNow } = await sweeperIn();
    const file = await world.put('incoming/a', 'A');
    await world.clock.advance(minimumAgeMs - 1);
    expect((await sweepNow()).report).toMatchObject({ listed: 1, foundBySweep: 0 });
    await world.clock.advance(1);
    expect(await sweepNow()).toMatchObject({
      outcome: 'finished',
      report: { foundBySweep: 1, oldestUnfinishedSeconds: minimumAgeMs / 1000 },
    });
    expect(world.workQueue.sent.map((message) => message.file.id)).toEqual([file.id]);
    expect(await world.item(file)).toMatchObject({ sends: 1, sentAt: world.clock.now() });
    expect(await world.item(file)).not.toHaveProperty('status');
    expect(await process(world, file)).toBe('done');
    expect(await world.item(file)).not.toHaveProperty('sentAt');
  });

  it('sends it again only after a growing wait', async () => {
    const { world, sweepNow } = await sweeperIn();
    await world.put('incoming/a', 'A');
    await world.clock.advance(minimumAgeMs);
    const found: number[] = [];
    for (let minutes = 0; minutes <= 35; minutes += 5) {
      found.push((await sweepNow()).report.foundBySweep);
      await world.clock.advance(5 * 60_000);
    }
    expect(found).toEqual([1, 0, 1, 0, 0, 0, 1, 0]);
  });

  it('leaves what somebody is at, and sends it when the owner has died', async () => {
    const { world, sweepNow, dependencies } = await sweeperIn();
    const file = await world.put('incoming/a', 'A');
    await world.clock.advance(minimumAgeMs);
    const { ledger, clock, settings } = dependencies;
    const bounds = { now: clock.now(), skewMs: settings.skewMs, maxAttempts: testSettings.maxAttempts };
    await ledger.claim({ file, owner: 'dead', via: 'event', leaseUntil: clock.now() + settings.leaseMs, bounds });
    expect((await sweepNow()).report.foundBySweep).toBe(0);
    await world.clock.advance(settings.leaseMs + settings.skewMs + 1);
    expect((await sweepNow()).report.foundBySweep).toBe(1);
  });

  it.each(['SUPERSEDED', 'GONE'] as const)(
    'sends what a note of %s stands for, and takes nothing out',
    async (status) => {
      const { world, sweepNow, dependencies } = await sweeperIn();
      const file = await world.put('incoming/a', 'A');
      await world.clock.advance(minimumAgeMs);
      const { ledger, clock, settings } = dependencies;
      const bounds = { now: clock.now(), skewMs: settings.skewMs, maxAttempts: testSettings.maxAttempts };
      await ledger.claim({ file, owner: 'me', via: 'event', leaseUntil: clock.now() + settings.leaseMs, bounds });
      await ledger.note({ file, owner: 'me', now: clock.now(), status });
      expect((await sweepNow()).report).toMatchObject({ foundBySweep: 1, finishedBySweep: 0 });
      expect(await world.keys()).toEqual(['incoming/a']);
    },
  );

  it('carries out the verdict of a function that died after its commit', async () => {
    const { world, sweepNow } = await sweeperIn(telling);
    const file = await world.put('incoming/a', 'A');
    const notifier = { send: () => Promise.reject(new ServiceUnavailableError('SNS is down')) };
    expect(await process(world, file, { notifier })).toBe('done');
    expect(await world.keys()).toEqual(['incoming/a']);
    await world.clock.advance(minimumAgeMs);
    expect((await sweepNow()).report).toMatchObject({ finishedBySweep: 1, foundBySweep: 0 });
    expect(await world.keys()).toEqual([]);
    expect(world.notifier.sent).toHaveLength(1);
  });

  it('sends the notice of a file whose object its sender has deleted meanwhile', async () => {
    const { world, sweepNow } = await sweeperIn(telling);
    const file = await world.put('incoming/a', 'A');
    const notifier = { send: () => Promise.reject(new ServiceUnavailableError('SNS is down')) };
    await process(world, file, { notifier });
    await world.delete('incoming/a');
    expect((await sweepNow()).report).toMatchObject({ listed: 0, finishedBySweep: 0 });
    await world.clock.advance(testSettings.leaseMs + testSettings.skewMs + 1);
    expect((await sweepNow()).report).toMatchObject({ listed: 0, finishedBySweep: 1 });
    expect(world.notifier.sent).toHaveLength(1);
    expect(await world.item(file)).not.toHaveProperty('open');
  });

  it('goes on with the others when one verdict cannot be carried out', async () => {
    const { world, dependencies } = await sweeperIn();
    for (const key of ['incoming/a', 'incoming/b']) await process(world, await world.put(key, key));
    for (const key of ['incoming/a', 'incoming/b']) await world.put(key, key);
    await world.clock.advance(minimumAgeMs);
    let calls = 0;
    const objectStore = {
      ...dependencies.objectStore,
      remove: (file: FileVersion) =>
        (calls += 1) === 1
          ? Promise.reject(new ServiceUnavailableError('S3 is slow'))
          : dependencies.objectStore.remove(file),
    };
    const at = { baton: undefined, deadlineAt: world.clock.now() + 60_000 };
    expect((await sweepInbox({ ...dependencies, objectStore }, at)).report).toMatchObject({
      finishedBySweep: 1,
      unfinished: 1,
    });
  });

  it('saves its cursor before the page: a page that kills it is skipped until the next pass, and jams nothing', async () => {
    const { world, dependencies, laneStore, sweepNow } = await sweeperIn();
    const pages = { first: await world.put('incoming/a', 'A'), second: await world.put('incoming/b', 'B') };
    await world.clock.advance(minimumAgeMs);
    const listedAt = world.clock.now();
    const pageOf = (file: FileVersion, next?: string) => ({
      objects: [{ file, lastModified: 0 }],
      listedAt,
      ...(next !== undefined && { next }),
    });
    const objectStore = {
      ...dependencies.objectStore,
      list: async (cursor?: string) => (cursor === undefined ? pageOf(pages.first, 'page 2') : pageOf(pages.second)),
    };
    const dying = {
      ...dependencies,
      objectStore,
      ledger: { ...dependencies.ledger, readAll: () => new Promise<never>(() => undefined) },
    };
    void sweepInbox(dying, { baton: undefined, deadlineAt: Infinity });
    await world.clock.advance(0);
    expect(laneStore.lanes.get(sweepLane)).toMatchObject({ cursor: 'page 2' });
    expect((await sweepNow()).outcome).toBe('not-mine');

    await world.clock.advance(testSettings.leaseMs * 3);
    // The dead sweep's timers are those of a process that is gone: its lease ends.
    const { leaseMs, skewMs } = testSettings;
    laneStore.lanes.set(sweepLane, { ...laneStore.lanes.get(sweepLane)!, owner: 'dead', leaseUntil: 0 });
    await world.clock.advance(leaseMs + skewMs);
    const healthy = { ...dependencies, objectStore };
    const next = await sweepInbox(healthy, { baton: undefined, deadlineAt: world.clock.now() + 60_000 });
    expect(next).toMatchObject({ outcome: 'finished', report: { listed: 1 } });
    expect(world.workQueue.sent.map(({ file }) => file.key)).toEqual(['incoming/b']);
    expect(laneStore.lanes.get(sweepLane)).not.toHaveProperty('cursor');
  });

  it('hands the baton on when its time is up, and goes on where it stopped', async () => {
    const { world, sweepNow, invoker, laneStore } = await sweeperIn();
    await world.put('incoming/a', 'A');
    expect((await sweepNow(world.clock.now())).outcome).toBe('handed-on');
    expect(invoker.batons).toEqual([{ lane: sweepLane, fence: 1 }]);
    expect(laneStore.lanes.get(sweepLane)).toMatchObject({ hop: 1, leaseUntil: 0 });
    expect((await sweepNow(undefined, invoker.batons[0])).outcome).toBe('finished');
    expect((await sweepNow(undefined, invoker.batons[0])).outcome).toBe('not-mine');
  });

  describe('over pages of a thousand', () => {
    /** An inbox of that many pages; the ledger knows of no file, and each read of it takes so long. */
    const sweeperOver = async (pages: number, readMs: number, isKnown: (n: number) => boolean = () => false) => {
      const { world, dependencies, ...rest } = await sweeperIn();
      const fileAt = (n: number) =>
        createFileVersion({ bucket: testSettings.inboxBucket, key: `incoming/${String(n)}`, eTag: 'e', size: 1 });
      const listed: number[] = [];
      const sends: number[] = [];
      const sweeper: SweepDependencies = {
        ...dependencies,
        objectStore: {
          ...dependencies.objectStore,
          list: async (cursor = '0') => {
            const page = Number(cursor);
            listed.push(page);
            return {
              listedAt: world.clock.now(),
              objects: Array.from({ length: 1_000 }, (_, n) => ({ file: fileAt(page * 1_000 + n), lastModified: 0 })),
              ...(page + 1 < pages && { next: String(page + 1) }),
            };
          },
        },
        ledger: {
          ...dependencies.ledger,
          readAll: async (files) => {
            await world.clock.advance(readMs);
            const items = new Map(await dependencies.ledger.readAll(files));
            for (const file of files) {
              if (!isKnown(Number(file.key.slice('incoming/'.length)))) continue;
              items.set(file.id, {
                ...file,
                status: 'RETRY',
                nextAttemptAt: Infinity,
                fence: 1,
                attempts: 1,
                expiresAt: 0,
              });
            }
            return items;
          },
        },
        workQueue: {
          ...dependencies.workQueue,
          sendAll: async (files) => {
            sends.push(files.length);
            return dependencies.workQueue.sendAll(files);
          },
        },
      };
      return { world, sweeper, listed, sends, ...rest };
    };

    it('sends the few missing files of a page together, and many as they are found', async () => {
      const few = await sweeperOver(2, 0, (n) => n % 100 !== 0);
      await sweepInbox(few.sweeper, { baton: undefined, deadlineAt: Infinity });
      expect(few.sends).toEqual([10, 10]);
      const many = await sweeperOver(1, 0);
      await sweepInbox(many.sweeper, { baton: undefined, deadlineAt: Infinity });
      expect(many.sends).toEqual(Array.from({ length: 10 }, () => 100));
    });

    it('sends what it has found although a later hundred cannot be read: its cursor is past them', async () => {
      const { sweeper, sends } = await sweeperOver(2, 0, (n) => n % 100 !== 0);
      let reads = 0;
      const { readAll } = sweeper.ledger;
      const ledger: SweepDependencies['ledger'] = {
        ...sweeper.ledger,
        readAll: (files) =>
          (reads += 1) === 4 ? Promise.reject(new ServiceUnavailableError('the ledger is slow')) : readAll(files),
      };
      await expect(sweepInbox({ ...sweeper, ledger }, { baton: undefined, deadlineAt: Infinity })).rejects.toThrow(
        'slow',
      );
      expect(sends).toEqual([3]);
    });

    it('leaves off within a page when its time is over, sends what it found, and the next run begins the page again', async () => {
      const { world, sweeper, listed, sends, invoker } = await sweeperOver(2, 1_000);
      // Ten seconds for the first page, and of the second what the grace allows.
      const first = await sweepInbox(sweeper, { baton: undefined, deadlineAt: world.clock.now() + 10_001 });
      expect(first).toMatchObject({ outcome: 'handed-on', report: { foundBySweep: 1_600 } });
      const then = await sweepInbox(sweeper, { baton: invoker.batons[0], deadlineAt: Infinity });
      expect(then).toMatchObject({ outcome: 'finished', report: { foundBySweep: 400 } });
      expect(listed).toEqual([0, 1, 1]);
      expect(sends.filter((count) => count > 0)).toHaveLength(20);
    });

    it('goes past a page that fills a whole run: what is left of it waits for the next pass, and jams nothing', async () => {
      const { world, sweeper, listed, invoker } = await sweeperOver(2, 10_000);
      const first = await sweepInbox(sweeper, { baton: undefined, deadlineAt: world.clock.now() + 1 });
      expect(first).toMatchObject({ outcome: 'handed-on', report: { foundBySweep: 100 } });
      const then = await sweepInbox(sweeper, { baton: invoker.batons[0], deadlineAt: world.clock.now() + 1 });
      expect(then).toMatchObject({ outcome: 'finished', report: { foundBySweep: 100 } });
      expect(listed).toEqual([0, 1]);
    });
  });

  it('tells what it did as numbers, and a run that found its lane taken tells none', async () => {
    const { world, sweepNow, laneStore } = await sweeperIn();
    await world.put('incoming/a', 'A');
    await world.clock.advance(minimumAgeMs);
    const { report } = await sweepNow();
    expect(world.metrics.recorded).toEqual([
      { runs: 1, hops: 0, budgetsSpent: 0, batonsLost: 0, lane: 'sweep' },
      report,
    ]);
    expect(report).toMatchObject({ listed: 1, foundBySweep: 1, oldestUnfinishedSeconds: minimumAgeMs / 1000 });
    const now = world.clock.now();
    await laneStore.claim({ lane: sweepLane, owner: 'x', leaseUntil: now + 1, now, skewMs: 0, baton: undefined });
    await sweepNow();
    expect(world.metrics.recorded).toHaveLength(2);
  });

  it('stops handing on at its hop budget', async () => {
    const { world, sweepNow, invoker } = await sweeperIn(quiet, { maxHops: 3 });
    const outcomes = [(await sweepNow(world.clock.now())).outcome];
    for (let baton = invoker.batons.shift(); baton !== undefined; baton = invoker.batons.shift()) {
      outcomes.push((await sweepNow(world.clock.now(), baton)).outcome);
    }
    expect(outcomes).toEqual(['handed-on', 'handed-on', 'budget']);
  });

  it('waits longer by the age of the queue, so that a backlog is not sent twice', async () => {
    const { world, sweepNow } = await sweeperIn(quiet, { backlogMs: async () => 60_000 });
    await world.put('incoming/a', 'A');
    await world.clock.advance(minimumAgeMs);
    expect((await sweepNow()).report.foundBySweep).toBe(0);
    await world.clock.advance(60_000);
    expect((await sweepNow()).report.foundBySweep).toBe(1);
  });

  it('re-fires instead of sending with redrive: refire, and queues what a copy would rename', async () => {
    const { world, dependencies } = await sweeperIn(quiet, { redrive: 'refire' });
    await world.put('incoming/a', 'A');
    await world.put('incoming/multipart', 'B');
    await world.clock.advance(minimumAgeMs);
    const objectStore = {
      ...dependencies.objectStore,
      refire: async (file: FileVersion, viaKey: string) =>
        file.key.endsWith('multipart') ? ('changed' as const) : dependencies.objectStore.refire(file, viaKey),
    };
    const at = { baton: undefined, deadlineAt: world.clock.now() + 60_000 };
    expect((await sweepInbox({ ...dependencies, objectStore }, at)).report.foundBySweep).toBe(2);
    expect(world.workQueue.sent.map(({ file }) => file.key)).toEqual(['incoming/multipart']);
    expect(await world.keys()).toEqual([
      expect.stringMatching(/^bak\/[0-9a-f]{64}\/incoming\/a$/),
      'incoming/a',
      'incoming/multipart',
    ]);
  });

  it('queues what cannot be re-fired, and keeps it from no other file', async () => {
    const { world, dependencies } = await sweeperIn(quiet, { redrive: 'refire' });
    await world.put('incoming/a', 'A');
    await world.put('incoming/frozen', 'B');
    await world.clock.advance(minimumAgeMs);
    const objectStore = {
      ...dependencies.objectStore,
      refire: async (file: FileVersion, viaKey: string) => {
        if (file.key.endsWith('frozen')) throw new Error('InvalidObjectState');
        return dependencies.objectStore.refire(file, viaKey);
      },
    };
    const at = { baton: undefined, deadlineAt: world.clock.now() + 60_000 };
    expect((await sweepInbox({ ...dependencies, objectStore }, at)).report.foundBySweep).toBe(2);
    expect(world.workQueue.sent.map(({ file }) => file.key)).toEqual(['incoming/frozen']);
  });

  it('re-fires a file twice; when even that reaches nobody, it goes to the queue', async () => {
    const { world, sweepNow } = await sweeperIn(quiet, { redrive: 'refire' });
    await world.put('incoming/a', 'A');
    const queued: number[] = [];
    for (let pass = 0; pass < 3; pass += 1) {
      // Every copy back makes the object young again, so the wait after a send is over long before its age counts.
      await world.clock.advance(60 * 60_000);
      await sweepNow();
      queued.push(world.workQueue.sent.length);
    }
    expect(queued).toEqual([0, 0, 1]);
  });
});
