import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients, names, type Clients } from '../../../demo/clients.ts';
import { startOwnCloud, type OwnCloud } from '../../../demo/cloud.ts';
import { listObjects } from '../../../demo/collect-facts.ts';
import { readRequests } from '../../../demo/control.ts';
import { createFileVersion } from '../../../lib/domain/file-version.ts';
import { waitFor } from '../../end-to-end/support.ts';

const limitMs = 180_000;
let cloud: OwnCloud;
let clients: Clients;

beforeAll(async () => {
  cloud = await startOwnCloud();
  clients = createClients(cloud.endpoint, 'test');
}, limitMs);
afterEach(async () => {
  await post('faults', { cut: null, loseResponse: null });
  await post('schedules', { paused: true });
});
afterAll(async () => {
  clients.destroy();
  await cloud.stop();
});

type Rule = Readonly<{ made: number; atCall: number; moment?: string }>;
type Shown = Readonly<{ faults: Readonly<{ cut: readonly Rule[]; loseResponse: readonly Rule[] }> }>;

const post = async (route: 'faults' | 'schedules', body: object): Promise<void> => {
  const url = `${cloud.endpoint}/_everyfile/${route}`;
  expect((await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status).toBe(200);
};
const rulesNow = async (): Promise<readonly Rule[]> => {
  const { faults } = (await (await fetch(`${cloud.endpoint}/_everyfile/faults`)).json()) as Shown;
  return [...faults.cut, ...faults.loseResponse];
};

const put = async (key: string): Promise<string> => {
  const { ETag } = await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: key }));
  return createFileVersion({ bucket: names.inbox, key, eTag: ETag ?? '', size: Buffer.byteLength(key) }).id;
};

/** All are done, with nothing left to send and nothing left in the inbox. */
const untilFinished = (ids: readonly string[], prefix: string): Promise<true> =>
  waitFor(`${ids.length} files under ${prefix} to be finished`, async () => {
    const Keys = ids.map((id) => ({ id: { S: id } }));
    const request = new BatchGetItemCommand({ RequestItems: { [names.ledger]: { Keys, ConsistentRead: true } } });
    const { Responses } = await clients.dynamodb.send(request);
    const items = Responses?.[names.ledger] ?? [];
    const done = items.filter(({ status, outbox }) => status?.S === 'DONE' && outbox === undefined);
    if (done.length < ids.length) return undefined;
    return (await listObjects(clients, names.inbox, prefix)).length === 0 ? true : undefined;
  });

/** How often each file's effects were committed. */
const commitsOf = async (ids: readonly string[]): Promise<number[]> => {
  const { entries } = await readRequests(cloud.endpoint);
  const commits = entries.filter(({ status, detail }) => status === 200 && detail?.['set.status'] === 'DONE');
  return ids.map((id) => commits.filter(({ detail }) => detail?.['key.id'] === id).length);
};

/** The calls that the processor makes for one such file when nothing goes wrong. */
const callsFor = async (prefix: string): Promise<string[]> => {
  const { next } = await readRequests(cloud.endpoint);
  await untilFinished([await put(`${prefix}probe`)], prefix);
  const { entries } = await readRequests(cloud.endpoint, next);
  return entries.filter(({ accessKeyId }) => accessKeyId === 'processor').map(({ operation }) => operation);
};

/**
 * Puts as many files as there are rules. Meanwhile the schedules are held: on a slow machine the relay would come before
 * the processor, and a rule would never be met.
 */
const endure = async (prefix: string, rules: object, count: number): Promise<void> => {
  await post('faults', rules);
  const ids = await Promise.all(Array.from({ length: count }, (_, n) => put(`${prefix}${n}`)));
  await waitFor(`each of ${count} faults to be made`, async () => {
    const met = (await rulesNow()).filter(({ made }) => made === 1);
    return met.length === count ? true : undefined;
  });
  await post('schedules', { paused: false });
  await untilFinished(ids, prefix);
  expect(await commitsOf(ids)).toEqual(ids.map(() => 1));
};

describe.each([
  ['announced', 'Publish'],
  ['digested', 'PutObject'],
])('a file that is %s', (prefix, effect) => {
  it(
    'is done once, its effects committed once, wherever the processor is cut',
    async () => {
      const folder = `incoming/${prefix}/cut/`;
      const calls = await callsFor(folder);
      expect(calls).toContain(effect);
      const cut = calls.flatMap((_, n) =>
        ['before', 'after'].map((moment) => ({ function: 'processor', atCall: n + 1, moment })),
      );
      await endure(folder, { cut }, cut.length);
    },
    limitMs,
  );

  it(
    'is done once, its effects committed once, whichever response is lost',
    async () => {
      const folder = `incoming/${prefix}/lost/`;
      const calls = await callsFor(folder);
      const loseResponse = calls.map((_, n) => ({ caller: 'processor', atCall: n + 1, times: 1 }));
      await endure(folder, { loseResponse }, loseResponse.length);
    },
    limitMs,
  );
});
