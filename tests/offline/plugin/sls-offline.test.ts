import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

import { childrenOf, endpointOf, lives, runSls, type Run } from './sls.ts';

const LIMIT_MS = 120_000;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let home: string;
const runs: Run[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'everyfile-sls-'));
});
afterAll(async () => {
  for (const run of runs) run.process.kill('SIGKILL');
  await Promise.all(runs.map(({ ended }) => ended));
  await rm(home, { recursive: true, force: true });
});

const start = (...args: string[]): Run => {
  const run = runSls(home, ...args);
  runs.push(run);
  return run;
};
const offline = (state: string, ...args: string[]): Run =>
  start('offline', '--stage', 'local', '--port', '0', '--stateDir', join(home, state), ...args);
const put = (endpoint: string, key: string): Promise<unknown> =>
  new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true }).send(
    new PutObjectCommand({ Bucket: 'everyfile-local-inbox', Key: key, Body: 'hello' }),
  );
const statuses = async (endpoint: string): Promise<Record<string, string>> => {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'everyfile-local-ledger' }));
  // The lanes of the sweeper and the relay stand in the same table and are no files.
  const files = Items.filter(({ key }) => key !== undefined);
  return Object.fromEntries(files.map(({ key, status }) => [key?.S ?? '', status?.S ?? '']));
};
const untilStatus = async (endpoint: string, key: string, status: string): Promise<void> => {
  while ((await statuses(endpoint))[key] !== status) await new Promise((resolve) => setTimeout(resolve, 20));
};
const untilRunning = async (endpoint: string, functionKey: string): Promise<void> => {
  for (let running = 0; running === 0;) {
    const status = (await (await fetch(`${endpoint}/_everyfile/status`)).json()) as {
      functions: Record<string, { running: number }>;
    };
    running = status.functions[functionKey]?.running ?? 0;
  }
};

it(
  'processes a file that is dropped, under the name of its function, and keeps what it knows over a restart',
  async () => {
    // On a busy machine the sweep might be there before the event.
    const first = offline('restart', '--param', 'minimumAgeSeconds=60');
    const endpoint = await endpointOf(first);
    await put(endpoint, 'incoming/hello world.txt');
    await untilStatus(endpoint, 'incoming/hello world.txt', 'DONE');
    const { entries } = (await (await fetch(`${endpoint}/_everyfile/requests`)).json()) as {
      entries: { accessKeyId: string; operation: string; status: number }[];
    };
    const calls = entries.filter(({ accessKeyId }) => accessKeyId === 'processor').map(({ operation }) => operation);
    expect(calls.slice(0, 3)).toEqual(['UpdateItem', 'GetObject', 'UpdateItem']);
    expect(first.output()).toMatch(/^processor [0-9a-f]{8} {2}.*incoming\/hello world\.txt/m);

    // The relay waits for messages: to be cut off by the end of the cloud is no error of its own.
    await untilRunning(endpoint, 'relay');
    first.process.kill('SIGINT');
    expect(await first.ended).toBe(0);
    expect(first.output()).not.toMatch(/^relay .*error/im);
    await expect(fetch(`${endpoint}/_everyfile/health`)).rejects.toThrow();

    const second = start('offline', 'start', '--stage', 'local', '--port', '0', '--stateDir', join(home, 'restart'));
    expect(await statuses(await endpointOf(second))).toEqual({ 'incoming/hello world.txt': 'DONE' });
    second.process.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  },
  LIMIT_MS,
);

it(
  'stands beside another cloud, sls package and sls invoke local beside both, and leaves no process behind',
  async () => {
    const clouds = [offline('one'), offline('two', '--reorder', '--seed', '7')];
    const [one = '', two = ''] = await Promise.all(clouds.map(endpointOf));
    expect(one).not.toBe(two);
    const event = join(home, 'event.json');
    await put(two, 'incoming/after.txt');
    const record = {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: 'everyfile-local-inbox' },
        object: { key: 'incoming/gone.txt', size: 5, eTag: '5d41402abc4b2a76b9719d911017c592', sequencer: '1' },
      },
    };
    await writeFile(event, JSON.stringify({ Records: [record] }));
    const invoke = start(
      'invoke',
      'local',
      '-f',
      'processor',
      '--stage',
      'local',
      '--path',
      event,
      '--port',
      new URL(one).port,
    );
    const pack = start('package', '--stage', 'dev', '--package', join(home, 'package'));
    expect([await invoke.ended, invoke.output()]).toEqual([0, expect.stringContaining('"outcome": "gone"')]);
    expect([await pack.ended, pack.output()]).toEqual([0, expect.stringContaining('Service packaged')]);
    await untilStatus(one, 'incoming/gone.txt', 'GONE');
    await untilStatus(two, 'incoming/after.txt', 'DONE');
    const bundlers = (await Promise.all(clouds.map(childrenOf))).flat();
    if (process.platform === 'linux') expect(bundlers).toHaveLength(2);
    for (const { process: child } of clouds) child.kill('SIGINT');
    expect(await Promise.all(clouds.map(({ ended }) => ended))).toEqual([0, 0]);
    while (bundlers.some(lives)) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  LIMIT_MS,
);

it(
  'sls invoke local brings its own cloud where none runs, and leaves nothing running',
  async () => {
    const event = join(home, 'empty.json');
    await writeFile(event, JSON.stringify({ Records: [] }));
    const state = join(home, 'own');
    const invoke = start(
      'invoke',
      'local',
      '-f',
      'processor',
      '--stage',
      'local',
      '--path',
      event,
      '--port',
      '0',
      '--stateDir',
      state,
    );
    expect([await invoke.ended, invoke.output()]).toEqual([
      0,
      expect.stringContaining('one starts for this invocation'),
    ]);
    expect(await readdir(state)).toContain('s3');
  },
  LIMIT_MS,
);

it(
  'says in one line which port is taken and which option chooses another, and ends with 1',
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start('offline', 'start', '--stage', 'local', '--port', String(port), '--stateDir', join(home, 'port'));
    expect(await run.ended).toBe(1);
    const naming = run
      .output()
      .split('\n')
      .filter((line) => line.includes(String(port)));
    expect(naming).toEqual([expect.stringMatching(/is already in use.*--port/)]);
    await new Promise((resolve) => server.close(resolve));
  },
  LIMIT_MS,
);
