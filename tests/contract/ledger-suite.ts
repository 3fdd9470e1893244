import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { createFileVersion, hashOf, type FileVersion } from '../../lib/domain/file-version.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import { contractCases, type Differences, type MakeContractWorld } from './contract-world.ts';

const fileOf = (key: string): FileVersion =>
  createFileVersion({ bucket: 'everyfile-inbox', key, eTag: 'e'.repeat(32), size: 1 });
const file = fileOf('incoming/a b+%2F日本😀');
const at = 1_000_000;
const lease = { skewMs: 500, maxAttempts: 3 };
const outbox = [{ id: 'n', kind: 'processed' as const, subject: 's', text: 't', data: { deep: [1, { a: null }] } }];
const result = { metadata: { m: { empty: '', list: [] } }, outputs: [], outbox: [] };

const claim = (ledger: Ledger, owner: string, now = at, of = file) =>
  ledger.claim({ file: of, owner, via: 'event', leaseUntil: now + 1_000, bounds: { ...lease, now } });
const bury = (ledger: Ledger, owner: string, now: number) =>
  ledger.bury({ file, owner, leaseUntil: now + 1_000, lastError: 'x', outbox, bounds: { ...lease, now } });

/** What a ledger must do, for the fake and the adapter alike. */
export const ledgerSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('claims what is not there, and answers with the whole item', async ({ ports: { ledger } }) => {
    expect(await claim(ledger, 'one')).toEqual({
      written: true,
      item: {
        ...file,
        status: 'PROCESSING',
        owner: 'one',
        fence: 1,
        attempts: 1,
        leaseUntil: at + 1_000,
        via: 'event',
        firstSeenAt: at,
        expiresAt: Math.floor(at / 1000) + 400 * 86_400,
      },
    });
  });

  holds('claims the file alone, whatever else it is handed', async ({ ports: { ledger } }) => {
    const more = { ...file, status: 'DONE', outbox, open: '1' };
    const { item } = await claim(ledger, 'one', at, more);
    expect(item).toMatchObject({ ...file, status: 'PROCESSING' });
    expect([item?.outbox, item?.open]).toEqual([undefined, undefined]);
  });

  holds('refuses with the item that refused, unchanged', async ({ ports: { ledger } }) => {
    const { item } = await claim(ledger, 'one');
    expect(await claim(ledger, 'two')).toEqual({ written: false, item });
    expect((await ledger.readAll([file])).get(file.id)).toEqual(item);
    expect(await ledger.commit({ file: fileOf('none'), owner: 'one', now: at, result })).toEqual({
      written: false,
      item: undefined,
    });
  });

  holds('gives a lease away only when lease and skew are over', async ({ ports: { ledger } }) => {
    await claim(ledger, 'one');
    expect((await claim(ledger, 'two', at + 1_500)).written).toBe(false);
    expect(await claim(ledger, 'two', at + 1_501)).toMatchObject({ written: true, item: { fence: 2, attempts: 2 } });
  });

  holds('gives a failed file away when it is due, and counts its attempts', async ({ ports: { ledger } }) => {
    await claim(ledger, 'one');
    const failed = { file, owner: 'one', now: at, nextAttemptAt: at + 10, lastError: 'x' };
    expect(await ledger.retry({ ...failed, giveBack: false })).toMatchObject({
      item: { attempts: 1, status: 'RETRY' },
    });
    expect((await claim(ledger, 'two', at + 9)).written).toBe(false);
    const second = await claim(ledger, 'two', at + 10);
    expect(second).toMatchObject({ written: true, item: { attempts: 2, lastError: 'x' } });
    expect(second.item).not.toHaveProperty('nextAttemptAt');
    const back = await ledger.retry({ ...failed, owner: 'two', nextAttemptAt: at, giveBack: true });
    expect(back).toMatchObject({ written: true, item: { attempts: 1 } });
  });

  holds('buries what has used its attempts up, and nothing else', async ({ ports: { ledger } }) => {
    for (const time of [at, at + 2_000]) await claim(ledger, 'one', time);
    expect((await bury(ledger, 'one', at + 4_000)).written).toBe(false);
    await claim(ledger, 'one', at + 4_000);
    expect((await bury(ledger, 'two', at + 4_001)).written).toBe(false);
    expect((await claim(ledger, 'two', at + 6_000)).written).toBe(false);
    expect(await bury(ledger, 'two', at + 6_000)).toMatchObject({
      written: true,
      item: {
        status: 'POISON',
        owner: 'two',
        attempts: 3,
        outbox,
        open: hashOf(file.id).slice(0, 1),
        doneAt: at + 6_000,
      },
    });
  });

  holds('commits with everything, as it was given, and is a verdict', async ({ ports: { ledger } }) => {
    await claim(ledger, 'one');
    const answer = await ledger.commit({ file, owner: 'one', now: at, lastModified: 7, result: { ...result, outbox } });
    expect(answer).toMatchObject({
      written: true,
      item: { status: 'DONE', owner: 'one', ...result, outbox, lastModified: 7, open: hashOf(file.id).slice(0, 1) },
    });
    expect((await claim(ledger, 'two', at + 1e9)).written).toBe(false);
    expect(await ledger.commit({ file, owner: 'one', now: at, result })).toEqual({ written: false, item: answer.item });
  });

  holds('lets nobody but the owner write', async ({ ports: { ledger } }) => {
    const { item } = await claim(ledger, 'one');
    const by = { file, owner: 'two', now: at };
    for (const refused of [
      await ledger.renew({ ...by, leaseUntil: at + 9_000 }),
      await ledger.commit({ ...by, result }),
      await ledger.retry({ ...by, nextAttemptAt: at, lastError: 'x', giveBack: true }),
      await ledger.poison({ ...by, lastError: 'x', outbox }),
      await ledger.note({ ...by, status: 'GONE' }),
      await ledger.clearOutbox({ ...by, owner: 'one' }),
      await ledger.replay({ file, now: at + 1e9, skewMs: 500 }),
    ]) {
      expect(refused).toEqual({ written: false, item });
    }
    const renewed = await ledger.renew({ ...by, owner: 'one', leaseUntil: at + 9_000 });
    expect(renewed).toMatchObject({ written: true, item: { leaseUntil: at + 9_000, fence: 1 } });
  });

  holds('notes what it saw, and begins again from 0', async ({ ports: { ledger } }) => {
    await claim(ledger, 'one');
    for (const [status, fence] of [
      ['SUPERSEDED', 2],
      ['GONE', 3],
    ] as const) {
      const noted = await ledger.note({ file, owner: 'one', now: at, status });
      expect(noted).toMatchObject({ written: true, item: { status, attempts: 0 } });
      expect(await claim(ledger, 'one')).toMatchObject({ written: true, item: { fence, attempts: 1 } });
    }
  });

  holds('clears the outbox for the one who sent it, and replays only what is poison and free', async ({ ports }) => {
    const { ledger } = ports;
    await claim(ledger, 'one');
    await ledger.poison({ file, owner: 'one', now: at, lastError: 'x', outbox });
    expect(await ledger.readOpen()).toMatchObject([{ id: file.id, outbox }]);
    expect((await ledger.clearOutbox({ file, owner: 'two', now: at })).written).toBe(false);
    expect((await ledger.clearOutbox({ file, owner: 'one', now: at })).item).not.toHaveProperty('open');
    expect(await ledger.readOpen()).toEqual([]);
    expect((await ledger.replay({ file, now: at + 1_500, skewMs: 500 })).written).toBe(false);
    expect(await ledger.replay({ file, now: at + 1_501, skewMs: 500 })).toMatchObject({
      written: true,
      item: { status: 'GONE', attempts: 0 },
    });
  });

  holds('renews its end of life at every write', async ({ ports: { ledger } }) => {
    const day = 86_400_000;
    const by = { file, owner: 'one' };
    const ends: unknown[] = [];
    const writes = [
      (now: number) => ledger.markSent({ file, now }),
      (now: number) => claim(ledger, 'one', now),
      (now: number) => ledger.renew({ ...by, now, leaseUntil: now + 1_000 }),
      (now: number) => ledger.retry({ ...by, now, nextAttemptAt: now, lastError: 'x', giveBack: false }),
      (now: number) => claim(ledger, 'one', now),
      (now: number) => ledger.note({ ...by, now, status: 'GONE' }),
      (now: number) => claim(ledger, 'one', now),
      (now: number) => ledger.poison({ ...by, now, lastError: 'x', outbox }),
      (now: number) => ledger.clearOutbox({ ...by, now }),
      (now: number) => ledger.replay({ file, now, skewMs: 500 }),
      (now: number) => claim(ledger, 'one', now),
      (now: number) => ledger.commit({ ...by, now, result }),
    ];
    for (const [index, write] of writes.entries()) {
      await write(at + index * day);
      ends.push((await ledger.readAll([file])).get(file.id)?.expiresAt);
    }
    expect(ends).toEqual(writes.map((_, index) => Math.floor(at / 1000) + (400 + index) * 86_400));
  });

  holds('reads any number of items, whatever is left unprocessed, and walks the open ones', async ({ ports }) => {
    const { ledger } = ports;
    const files = Array.from({ length: 8 }, (_, n) => fileOf(`incoming/${String(n)}`));
    for (const one of files.slice(0, 5)) {
      await claim(ledger, 'one', at, one);
      await ledger.commit({ file: one, owner: 'one', now: at, result: { ...result, outbox } });
    }
    const ids = files.slice(0, 5).map(({ id }) => id);
    expect([...(await ledger.readAll([...files, ...files])).keys()].sort()).toEqual(ids);
    expect((await ledger.readOpen()).map(({ id }) => id).sort()).toEqual(ids);
    expect((await ledger.readAll([])).size).toBe(0);
  });

  holds('marks as sent what has no item, and a claim takes the mark away', async ({ ports: { ledger } }) => {
    for (const now of [5, 6]) await ledger.markSent({ file, now });
    expect((await ledger.readAll([file])).get(file.id)).toEqual({
      id: file.id,
      sentAt: 6,
      sends: 2,
      expiresAt: 400 * 86_400,
    });
    const { item } = await claim(ledger, 'one');
    expect([item?.sentAt, item?.sends, item?.attempts]).toEqual([undefined, undefined, 1]);
  });

  holds('keeps ids of up to 2,048 bytes and refuses longer ones', async ({ ports: { ledger } }) => {
    const rest = Buffer.byteLength(fileOf('').id);
    const longest = fileOf('k'.repeat(2048 - rest));
    expect((await claim(ledger, 'one', at, longest)).written).toBe(true);
    expect((await ledger.readAll([longest])).size).toBe(1);
    const tooLong = fileOf('k'.repeat(2049 - rest));
    await expect(claim(ledger, 'one', at, tooLong)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  holds('shows a lost response as a refusal by one’s own write', async (world) => {
    const { ledger } = world.ports;
    const lost = <T>(call: () => Promise<T>): Promise<T> => {
      world.loseNextResponse('ledger');
      return call();
    };
    expect(await lost(() => claim(ledger, 'one'))).toMatchObject({
      written: false,
      item: { owner: 'one', status: 'PROCESSING', fence: 1, attempts: 1 },
    });
    const by = { file, owner: 'one', now: at };
    expect(await lost(() => ledger.commit({ ...by, result: { ...result, outbox } }))).toMatchObject({
      written: false,
      item: { owner: 'one', status: 'DONE' },
    });
    expect((await lost(() => ledger.clearOutbox(by))).item).not.toHaveProperty('outbox');
    const other = fileOf('incoming/other');
    await lost(() => ledger.markSent({ file: other, now: at }));
    expect((await ledger.readAll([other])).get(other.id)).toMatchObject({ sends: 2 });
  });

  holds('is unavailable while it is throttled, and has written nothing', async (world) => {
    const { ledger } = world.ports;
    const { item } = await claim(ledger, 'one');
    for (const call of [
      () => claim(ledger, 'two', at + 1e9),
      () => ledger.commit({ file, owner: 'one', now: at, result }),
      () => ledger.markSent({ file, now: at }),
      () => ledger.readAll([file]),
      () => ledger.readOpen(),
    ]) {
      world.throttleNext('ledger');
      await expect(call()).rejects.toThrow(ServiceUnavailableError);
    }
    expect((await ledger.readAll([file])).get(file.id)).toEqual(item);
  });
};
