import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import { copyService, type ServiceCopy } from '../support/service-copy.ts';
import { cloudWith, limitMs } from './cloud-with.ts';
import { waitFor } from './support.ts';

/** What a chain of invocations may be long, where nobody has allowed more. */
const longestChain = 16;
const maxAttempts = 3;
const badKey = 'incoming/orders/bad.csv';
const noticesQueue = 'everyfile-local-notices';

let service: ServiceCopy;
let bad: FileVersion;

/** Files under incoming/slow/ take their time; what becomes of those under incoming/orders/ is the test's matter. */
const rulesWith = (readOrder: string): string => `
  import { setTimeout } from 'node:timers/promises';
  import type { Rule } from './actions/action.ts';
  import { index } from './actions/index-file.ts';
  const slow = { name: 'slow', run: async () => { await setTimeout(100); return undefined; } };
  const readOrder = { name: 'readOrder', run: async () => { ${readOrder} } };
  export const rules: readonly Rule[] = [
    { prefix: 'incoming/slow/', actions: [slow] },
    { prefix: 'incoming/orders/', actions: [index, readOrder] },
    { prefix: 'incoming/', actions: [index] },
  ];
`;

const changedService = async (): Promise<ServiceCopy> => {
  const copy = await copyService();
  await copy.change('serverless.yml', '    recursiveLoop: Allow\n', '');
  // So that a run of the relay receives for 300 ms: it answers four slow files at most, one after the other.
  await copy.change('lib/container.ts', 'const laneReserveMs = 10_000;', 'const laneReserveMs = 10_700;');
  await copy.write('lib/rules.ts', rulesWith(`throw new Error('column 7 is not there');`));
  return copy;
};

const cloud = cloudWith(async () => {
  service = await changedService();
  const budgets = { maxHops: 100, concurrency: 1, maxRunSeconds: 5, relayTimeoutSeconds: 16 };
  const params = { ingest: 'queue', ...budgets, maxAttempts, retryBaseMs: 100, leaseMs: 3_000 };
  return { serviceFolder: service.folder, params };
});
afterAll(() => service.remove());

it(
  'without recursiveLoop: Allow a chain is cut after 16 runs, and the schedule goes on where it ended',
  async () => {
    const files = await cloud.putMany('slow/file', 4 * longestChain + 6);
    expect(await cloud.invoke('relay')).toMatchObject({ outcome: 'handed-on' });
    await cloud.untilIdle();
    const { relay } = (await cloud.status()).functions;
    expect(relay).toMatchObject({ invocations: longestChain, errors: 0 });
    // Each run has handed the baton on, the last of them to nobody.
    const { entries } = await cloud.requests();
    const batons = entries.filter(({ accessKeyId, service: called }) => accessKeyId === 'relay' && called === 'lambda');
    expect(batons).toHaveLength(longestChain);
    expect(await cloud.messages('everyfile-local-work')).toBeGreaterThan(0);

    await cloud.control('schedules', { paused: false });
    await cloud.untilDone(files);
  },
  limitMs,
);

/** Runs the operator's script as npm would; false where it refuses. */
const replay = (key: string): boolean => {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'replay.ts');
  const options = ['--stage', 'local', '--port', new URL(cloud.endpoint()).port, '--skew-ms', '500'];
  const { status } = spawnSync(process.execPath, [script, ...options, key], { env: { PATH: process.env['PATH'] } });
  return status === 0;
};

it(
  'a file that no attempt can process is given up after maxAttempts, told of once, and holds up nobody',
  async () => {
    const { next } = await cloud.requests();
    bad = await cloud.put(badKey);
    const beside = await cloud.untilDone(await cloud.putMany('beside', 10));
    const givenUp = await cloud.item(bad);
    expect(givenUp).toMatchObject({
      status: 'POISON',
      attempts: maxAttempts,
      lastError: expect.stringContaining('column 7 is not there'),
    });
    expect(beside.filter(({ doneAt = Infinity }) => doneAt >= (givenUp?.doneAt ?? 0))).toEqual([]);
    const { entries } = await cloud.requests(next);
    const claims = entries.filter(
      ({ detail, status }) => status === 200 && detail?.['key.id'] === bad.id && detail['set.status'] === 'PROCESSING',
    );
    expect(claims).toHaveLength(maxAttempts);
    await waitFor('its notice', async () => ((await cloud.messages(noticesQueue)) > 0 ? true : undefined));
    expect(await cloud.messages('everyfile-local-work-dlq')).toBe(0);
    expect(await cloud.keys('quarantine/')).toHaveLength(2);
  },
  limitMs,
);

it(
  'and once its rule is mended it is replayed, and done',
  async () => {
    // A run that has begun ends with the old code: it must not be the one that the replayed file meets.
    await cloud.control('schedules', { paused: true });
    await cloud.untilIdle();
    await service.write('lib/rules.ts', rulesWith('return { columns: 7 };'));
    await waitFor('the new code', () => Promise.resolve(cloud.output().includes('built anew') || undefined));
    // Refused while the lease of its last run may still hold.
    await waitFor('the replay', () => Promise.resolve(replay(badKey) || undefined));
    await cloud.control('schedules', { paused: false });
    // Attempts are counted anew.
    const [done] = await cloud.untilDone([bad]);
    expect(done).toMatchObject({ attempts: 1, metadata: { readOrder: { columns: 7 } } });
    expect(await cloud.messages(noticesQueue)).toBe(1);
  },
  limitMs,
);
