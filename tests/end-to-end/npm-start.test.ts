import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { listObjects, scanLedger } from '../../demo/collect-facts.ts';
import { readRequests } from '../../demo/control.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';
import { findAwsCli, findPython } from '../support/find-tools.ts';
import { endpointOf, runStart, type Run } from '../offline/plugin/sls.ts';
import { waitFor } from './support.ts';

/** As serverless.yml has it for the stage `local`, and one more: S3 tells the time of an object in whole seconds. */
const minimumAgeMs = 1_000 + 1_000;
const count = 20;
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const kept = join(root, 'node_modules/.cache/everyfile');

const [aws, python] = [findAwsCli(), findPython()];
const withClient = aws === undefined && python === undefined ? it.skip : it;
if (aws === undefined && python === undefined)
  process.stderr.write('Neither the AWS CLI nor boto3 is installed: files that another client puts are skipped.\n');

let home: string;
let start: Run;
let clients: Clients;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'everyfile-start-'));
  start = runStart(home, '--port', '0', '--stateDir', join(home, 'state'), '--lose', '1');
  clients = createClients(await endpointOf(start), 'test');
}, 120_000);
afterAll(async () => {
  clients.destroy();
  start.process.kill('SIGINT');
  await start.ended;
  await rm(home, { recursive: true, force: true });
});

/** Puts a folder of files with a client that is not of the SDK that this service is built on. */
const putFolder = async (folder: string): Promise<void> => {
  const env = { PATH: process.env['PATH'], HOME: home, AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'local' };
  const target = `${names.inbox}/${names.inboxPrefix}`;
  const script =
    'import boto3, os, sys; folder, endpoint, bucket, prefix = sys.argv[1:]\n' +
    "s3 = boto3.client('s3', endpoint_url=endpoint, region_name='us-east-1')\n" +
    'for name in os.listdir(folder): s3.upload_file(os.path.join(folder, name), bucket, prefix + name)';
  await (aws === undefined
    ? run(python ?? '', ['-c', script, folder, clients.endpoint, names.inbox, names.inboxPrefix], {
        env,
      })
    : run(
        aws,
        [
          '--endpoint-url',
          clients.endpoint,
          '--region',
          'us-east-1',
          's3',
          'cp',
          '--recursive',
          folder,
          `s3://${target}`,
        ],
        { env },
      ));
};

/** The longest time from the begin of a run of this lane to the begin of the next: what is between holds the run itself. */
const longestInterval = (entries: readonly RequestLogEntry[], lane: string): number => {
  const begins = entries
    .filter(({ status, detail }) => status === 200 && detail?.['key.id'] === lane && detail['set.owner'] !== undefined)
    .map(({ at }) => Date.parse(at));
  return begins.slice(1).reduce((longest, at, index) => Math.max(longest, at - (begins[index] ?? at)), 0);
};

withClient(
  'npm start -- --lose 1: files of another client are done, each within the bound of the promise',
  async () => {
    const folder = join(home, 'files');
    await mkdir(folder);
    for (let n = 0; n < count; n += 1) await writeFile(join(folder, `file ${n}.txt`), `file ${n}`);
    await putFolder(folder);

    const ledger = await waitFor('every file to be done', async () => {
      const items = await scanLedger(clients);
      return items.filter(({ status }) => status === 'DONE').length === count ? items : undefined;
    });
    await waitFor('an empty inbox', async () => {
      const objects = await listObjects(clients, names.inbox, names.inboxPrefix);
      return objects.length === 0 || undefined;
    });
    expect(ledger.map(({ via }) => via)).toEqual(Array(count).fill('queue'));
    const { entries } = await readRequests(clients.endpoint);
    // Old enough → the next sweep begins → it has sent the file → the relay begins → it has answered.
    const boundMs =
      minimumAgeMs + 2 * longestInterval(entries, 'lane/sweep') + 2 * longestInterval(entries, 'lane/drain');
    const waits = ledger.map(({ doneAt = Infinity, lastModified = 0 }) => doneAt - lastModified);
    expect(waits.filter((wait) => wait > boundMs)).toEqual([]);
  },
  120_000,
);

it.each([
  ['once it has started before', async () => undefined],
  [
    'for the first time after an installation',
    async () => {
      await rm(kept, { recursive: true, force: true });
      const { stderr } = await run('npm', ['run', 'prepare'], { cwd: root });
      // Other tests start the local cloud meanwhile, and keep the same: that it was kept by this is what it does not deny.
      expect(stderr).not.toContain('will be slower');
    },
  ],
])(
  'answers before the framework is loaded %s, and does what it was asked then',
  async (_when, prepare) => {
    await prepare();
    const port = await freePort();
    const again = runStart(home, '--port', String(port), '--fresh', '--stateDir', join(home, 'again'));
    const early = createClients(`http://localhost:${port}`, 'test');
    try {
      await waitFor('the first answer', async () =>
        (await fetch(`${early.endpoint}/_everyfile/health`).catch(() => undefined))?.ok === true ? true : undefined,
      );
      const Key = `${names.inboxPrefix}early`;
      await early.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key, Body: 'early' }));
      await waitFor('the file to be done', async () =>
        (await scanLedger(early)).some(({ key, status }) => key === Key && status === 'DONE') ? true : undefined,
      );
      expect(again.output()).toMatch(
        new RegExp(`The local cloud answers at http://localhost:${port};.*Starting Offline`, 's'),
      );
      expect(again.output()).not.toContain('the local cloud starts again');
    } finally {
      early.destroy();
      again.process.kill('SIGINT');
      expect(await again.ended).toBe(0);
    }
  },
  120_000,
);

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
