import type { Faults, ObjectEvent } from '../../../offline/contracts.ts';
import { parseNotifications } from '../../../offline/notifications/configuration.ts';
import { noFaults } from '../../../offline/faults/faults.ts';
import { createEventDraw, planDelivery } from '../../../offline/notifications/delivery-plan.ts';
import { createNotifier } from '../../../offline/notifications/notifier.ts';

const targetArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const LambdaConfigurations = [{ Event: 's3:ObjectCreated:*', Function: targetArn }];

const eventOf = (key: string): ObjectEvent => ({
  eventName: 'ObjectCreated:Put',
  eventTime: new Date(0),
  bucket: 'inbox',
  key,
  sequencer: '01',
  requestId: 'ID',
  principalId: 'AWS:sender',
  sourceIpAddress: '127.0.0.1',
});

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `key-${n}`);

type Run = Readonly<{ delivered: string[]; lines: string[]; status: unknown; lost: number; doubled: number }>;

/** Notifies of the keys and waits until nothing is pending and every delivery has ended. */
const run = async (faults: Partial<Faults>, keys: readonly string[], refused?: string): Promise<Run> => {
  const delivered: string[] = [];
  const lines: string[] = [];
  let ended = 0;
  const notifier = createNotifier({
    draw: createEventDraw({ ...noFaults, ...faults }),
    onFault: ({ text }) => lines.push(text),
    deliver: (arn, message) => {
      expect(arn).toBe(targetArn);
      const key = (JSON.parse(message) as { Records: { s3: { object: { key: string } } }[] }).Records[0]!.s3.object.key;
      ended += 1;
      if (key === refused) return Promise.reject(new Error('refused'));
      delivered.push(key);
      return Promise.resolve();
    },
    log: (line) => lines.push(line),
  });
  notifier.configure('inbox', parseNotifications('inbox', { LambdaConfigurations }));
  for (const key of keys) notifier.notify(eventOf(key));
  const { put, lost, doubled } = notifier.status();
  const expected = put - lost + doubled;
  for (const end = Date.now() + 10_000; ended < expected && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.resolve();
  const status = notifier.status();
  notifier.close();
  return { delivered, lines, status, lost, doubled };
};

describe('the notifier', () => {
  it('delivers every event once, in order, when there are no faults', async () => {
    const keys = keysOf(500);
    const { delivered, lines, status } = await run({}, keys);
    expect(delivered).toEqual(keys);
    expect(lines).toEqual([]);
    expect(status).toEqual({ put: 500, delivered: 500, lost: 0, doubled: 0, pending: 0 });
  });

  it('takes no notice of other buckets and of events that nobody asked for', async () => {
    const notifier = createNotifier({
      draw: createEventDraw(noFaults),
      onFault: () => null,
      deliver: () => Promise.reject(new Error('no')),
      log: () => null,
    });
    notifier.configure('inbox', parseNotifications('inbox', { LambdaConfigurations }));
    notifier.notify({ ...eventOf('a'), bucket: 'other' });
    notifier.notify({ ...eventOf('a'), eventName: 'ObjectRemoved:Delete' });
    expect(notifier.status()).toMatchObject({ put: 0, pending: 0 });
    notifier.close();
  });

  it('loses and doubles about as many as it is told, says which, and delivers the rest', async () => {
    const keys = keysOf(1000);
    const { delivered, lines, lost, doubled } = await run({ lose: 0.2, double: 0.1, seed: 7 }, keys);
    expect(lost).toBeGreaterThan(150);
    expect(lost).toBeLessThan(250);
    expect(doubled).toBeGreaterThan(50);
    expect(doubled).toBeLessThan(150);
    expect(delivered).toHaveLength(1000 - lost + doubled);
    expect(new Set(delivered).size).toBe(1000 - lost);
    expect(lines.filter((line) => line.startsWith('lost ObjectCreated:Put of s3://inbox/key-'))).toHaveLength(lost);
    expect(lines.filter((line) => line.startsWith('doubled'))).toHaveLength(doubled);
  });

  it('makes the same faults for the same seed, whatever the order of the events', async () => {
    const keys = keysOf(300);
    const faults = { lose: 0.3, double: 0.3, seed: 11 };
    const [first, second, other] = [
      await run(faults, keys),
      await run(faults, [...keys].reverse()),
      await run({ ...faults, seed: 12 }, keys),
    ];
    expect([...second.lines].sort()).toEqual([...first.lines].sort());
    expect([...other.lines].sort()).not.toEqual([...first.lines].sort());
  });

  it('decides anew for each event of one object', async () => {
    const { delivered, lost } = await run(
      { lose: 0.5, seed: 3 },
      Array.from({ length: 100 }, () => 'same'),
    );
    expect(lost).toBeGreaterThan(25);
    expect(delivered).toHaveLength(100 - lost);
    expect(delivered.length).toBeGreaterThan(25);
  });

  it('keeps the order under a delay, and gives it up when told to reorder', async () => {
    const keys = keysOf(100);
    expect((await run({ delayMs: 30 }, keys)).delivered).toEqual(keys);
    const { delivered } = await run({ reorder: true }, keys);
    expect(delivered).not.toEqual(keys);
    expect([...delivered].sort()).toEqual([...keys].sort());
  });

  it('says which events it delays and reorders, the same ones for the same seed', async () => {
    const keys = keysOf(20);
    const delayed = await run({ delayMs: 30, seed: 7 }, keys);
    expect(delayed.lines.length).toBeGreaterThan(15);
    for (const line of delayed.lines) {
      expect(line).toMatch(/^delayed ObjectCreated:Put of s3:\/\/inbox\/key-\d+ \(event 1 of this object\) by \d+ ms$/);
    }
    expect((await run({ delayMs: 30, seed: 7 }, keys)).lines).toEqual(delayed.lines);
    const reordered = await run({ reorder: true, double: 1, seed: 7 }, ['a']);
    expect(reordered.lines).toEqual([
      'doubled ObjectCreated:Put of s3://inbox/a (event 1 of this object)',
      expect.stringMatching(/^reordered ObjectCreated:Put of s3:\/\/inbox\/a \(event 1 of this object\): after \d+ ms/),
      expect.stringMatching(/^reordered ObjectCreated:Put of s3:\/\/inbox\/a/),
    ]);
  });

  it('says which event did not reach its target, and goes on', async () => {
    const { delivered, lines, status } = await run({}, ['a', 'b', 'c'], 'b');
    expect(delivered).toEqual(['a', 'c']);
    expect(lines).toEqual([`The event of s3://inbox/b did not reach ${targetArn}: Error: refused`]);
    expect(status).toMatchObject({ put: 3, delivered: 2 });
  });

  it('delivers nothing more once it is closed', async () => {
    const delivered: string[] = [];
    const deliver = (_arn: string, message: string) => Promise.resolve(void delivered.push(message));
    const notifier = createNotifier({
      draw: createEventDraw({ ...noFaults, delayMs: 5 }),
      onFault: () => null,
      deliver,
      log: () => null,
    });
    notifier.configure('inbox', parseNotifications('inbox', { LambdaConfigurations }));
    notifier.notify(eventOf('a'));
    notifier.close();
    expect(notifier.status()).toMatchObject({ put: 1, pending: 0 });
    // The same event in another notifier, later: by its time the first one's is long over.
    await run({ delayMs: 5 }, ['a']);
    expect(delivered).toEqual([]);
  });
});

describe('the delays of a delivery', () => {
  it('are shares of the longest delay, spread over all of it', () => {
    const delays = keysOf(1000).flatMap((key) => planDelivery({ ...noFaults, delayMs: 1000 }, key, 1));
    expect(delays).toHaveLength(1000);
    const tenths = new Set(delays.map((delayMs) => Math.floor(delayMs / 100)));
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
    expect(tenths.size).toBeGreaterThanOrEqual(10);
  });
});
