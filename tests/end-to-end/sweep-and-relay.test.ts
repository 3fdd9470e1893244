import { names } from '../../demo/clients.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import { cloudWith, limitMs, notificationOf } from './cloud-with.ts';
import { waitFor } from './support.ts';

const viasOf = (items: readonly LedgerItem[]): string[] => [...new Set(items.map(({ via }) => via ?? ''))].toSorted();

describe('with every event lost', () => {
  // Three seconds of receiving a run, so that a backlog takes several. Nothing is sent again while a slow sweep lasts.
  const cloud = cloudWith({ lose: 1, schedules: true, params: { relayTimeoutSeconds: 33, resendSeconds: 600 } });

  it(
    'every file is found by the sweep, sent through the queue and done, and the inbox is empty',
    async () => {
      const items = await cloud.untilDone(await cloud.putMany('lost', 30));
      expect(viasOf(items)).toEqual(['queue']);
      expect(items.map(({ attempts }) => attempts)).toEqual(Array(30).fill(1));
      const { functions, notifications } = await cloud.status();
      expect(notifications).toMatchObject({ put: 30, lost: 30, delivered: 0 });
      expect(functions).toMatchObject({ processor: { invocations: 0 }, sweeper: { errors: 0 }, relay: { errors: 0 } });
    },
    limitMs,
  );

  it(
    'and the schedules held, nothing runs, and a run started by hand says what it did',
    async () => {
      await cloud.control('schedules', { paused: true });
      await cloud.untilIdle();
      const { next } = await cloud.requests();
      expect(await cloud.invoke('sweeper')).toMatchObject({ outcome: 'finished', report: { listed: 0 } });
      expect(await cloud.invoke('relay')).toMatchObject({ outcome: 'finished', report: { received: 0 } });
      const { entries } = await cloud.requests(next);
      expect(entries.filter(({ accessKeyId }) => accessKeyId === 'sweeper').length).toBeGreaterThan(0);
      expect(new Set(entries.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['test', 'sweeper', 'relay']));
    },
    limitMs,
  );

  it(
    'a file whose processing failed is tried again by the message that its failure sent',
    async () => {
      const file = await cloud.put('incoming/throttled');
      await cloud.control('faults', { throttle: { s3: { share: 1, caller: 'processor' } } });
      expect(await cloud.invoke('processor', notificationOf(file))).toEqual([
        { fileId: file.id, outcome: 'throttled' },
      ]);
      await cloud.control('faults', { throttle: null });
      expect(await cloud.messages('everyfile-local-work')).toBe(1);
      await waitFor('the relay to have done it', async () => {
        await cloud.invoke('relay');
        return (await cloud.item(file))?.status === 'DONE' ? true : undefined;
      });
      // The throttle was ours, and not the file's: it spent no attempt.
      expect(await cloud.item(file)).toMatchObject({ via: 'queue', fence: 2, attempts: 1 });
      expect(await cloud.keys(names.inboxPrefix)).toEqual([]);
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
    },
    limitMs,
  );

  it(
    'a backlog is drained by one runner at a time over several runs, at a quarter of an SQS call a message at most',
    async () => {
      const backlog = 300;
      const files = await cloud.putMany('backlog', backlog);
      await waitFor('every file to be old enough', async () => {
        await cloud.invoke('sweeper');
        return (await cloud.messages('everyfile-local-work')) === backlog ? true : undefined;
      });
      const { next } = await cloud.requests();
      // Ticks meanwhile, as a schedule that fires twice would send them.
      const ticks = [cloud.invoke('relay'), cloud.invoke('relay'), cloud.invoke('relay')];
      const outcomes = (await Promise.all(ticks)) as { outcome: string }[];
      expect(outcomes.filter(({ outcome }) => outcome === 'not-mine')).toHaveLength(2);
      await cloud.untilDone(files);
      await cloud.untilIdle();
      const { entries } = await cloud.requests(next);
      const byRelay = entries.filter(({ accessKeyId }) => accessKeyId === 'relay');
      const calls = byRelay.filter(({ service }) => service === 'sqs');
      expect(calls.length / backlog).toBeLessThanOrEqual(0.25);
      // Each run makes its calls of the queue after the last one's: where two ran at once, one would come up again.
      const turns = calls.map(({ invocation }) => invocation).filter((run, index, runs) => run !== runs[index - 1]);
      expect(turns.length).toBeGreaterThan(1);
      expect(turns).toEqual([...new Set(turns)]);
      const batons = byRelay.filter(({ service }) => service === 'lambda');
      expect(batons.length).toBeGreaterThan(0);
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
    },
    limitMs,
  );

  it(
    'a baton that is doubled or late changes nothing',
    async () => {
      await cloud.put('incoming/after-the-batons');
      await waitFor('the sweep to find it', async () => {
        await cloud.invoke('sweeper');
        return (await cloud.messages('everyfile-local-work')) === 1 ? true : undefined;
      });
      const { next } = await cloud.requests();
      const late = { baton: { lane: 'lane/drain', fence: 1 } };
      const answers = [await cloud.invoke('relay', late), await cloud.invoke('relay', late)];
      expect(answers).toMatchObject([{ outcome: 'not-mine' }, { outcome: 'not-mine' }]);
      const { entries } = await cloud.requests(next);
      const calls = entries.filter(({ accessKeyId }) => accessKeyId === 'relay').map(({ operation }) => operation);
      expect(calls).toEqual(['UpdateItem', 'UpdateItem']);
      expect(await cloud.messages('everyfile-local-work')).toBe(1);
      expect(await cloud.invoke('relay')).toMatchObject({ outcome: 'finished', report: { received: 1, answered: 1 } });
    },
    limitMs,
  );
});

describe('with ingest: queue', () => {
  const cloud = cloudWith({ schedules: true, params: { ingest: 'queue' } });

  it(
    'S3’s events go through the queue and the relay; the event that S3 tests the queue with is taken off it',
    async () => {
      const items = await cloud.untilDone(await cloud.putMany('queued', 30));
      expect(viasOf(items)).toEqual(['queue']);
      await waitFor('an empty queue', async () =>
        (await cloud.messages('everyfile-local-work')) === 0 ? true : undefined,
      );
      expect(await cloud.messages('everyfile-local-work-dlq')).toBe(0);
      const { functions, notifications } = await cloud.status();
      expect(notifications).toMatchObject({ put: 30, lost: 0, delivered: 30 });
      expect(functions).toMatchObject({ processor: { invocations: 0 }, sweeper: { errors: 0 }, relay: { errors: 0 } });
    },
    limitMs,
  );

  it(
    'a message that is not ours goes to the dead-letter queue at once, reported, and holds up nobody',
    async () => {
      await cloud.send('{"from":"somebody else"}');
      await cloud.untilDone(await cloud.putMany('beside', 10));
      await waitFor('the message in the dead-letter queue', async () =>
        (await cloud.messages('everyfile-local-work-dlq')) === 1 ? true : undefined,
      );
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
      expect(cloud.output()).toContain('got an object with from');
    },
    limitMs,
  );
});

describe('with redrive: refire and archive: bak', () => {
  // Nothing is fired a second time while a slow machine is at the first; the third time would be the queue's.
  const cloud = cloudWith({ lose: 1, params: { redrive: 'refire', archive: 'bak', resendSeconds: 600 } });

  it(
    'the sweep makes S3 send the events again, queues what a copy would rename, and every file ends in bak/',
    async () => {
      const files = await cloud.putMany('lost', 10);
      const inParts = await cloud.putInParts('incoming/in parts');
      await cloud.control('faults', { lose: 0 });
      await cloud.control('schedules', { paused: false });
      const items = await cloud.untilDone([...files, inParts]);
      expect(viasOf(items.slice(0, -1))).toEqual(['event']);
      expect(items.at(-1)).toMatchObject({ via: 'queue' });
      const archived = (await cloud.keys('bak/')).map((key) => key.replace(/^bak\/[0-9a-f]+\//, ''));
      expect(archived.toSorted()).toEqual([...files, inParts].map(({ key }) => key).toSorted());
      const { functions } = await cloud.status();
      expect(functions).toMatchObject({ sweeper: { errors: 0 }, relay: { errors: 0 }, processor: { errors: 0 } });
    },
    limitMs,
  );
});
