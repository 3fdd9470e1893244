import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

import {
  keepForNextStart,
  openLocalCloud,
  startEarly,
  takeEarlyStart,
} from '../../../offline/framework/early-start.ts';
import type { LocalCloud } from '../../../offline/framework/local-cloud.ts';
import { localServiceOf } from '../../../offline/framework/local-service.ts';
import { parseOfflineOptions } from '../../../offline/framework/options.ts';
import { makeServerless } from './framework.ts';

const service = localServiceOf(makeServerless());
let serviceDir: string;
let words: string[];
/** What a test has taken over: closed at its end, whatever becomes of it. */
let taken: LocalCloud | undefined;

beforeEach(async () => {
  serviceDir = await mkdtemp(join(tmpdir(), 'everyfile-early-'));
  await writeFile(join(serviceDir, 'serverless.yml'), 'service: everyfile\n');
  taken = undefined;
  words = ['--port', '0', '--stateDir', 'state', '--lose', '0.5'];
});
afterEach(async () => {
  await takeEarlyStart()?.cloud.close();
  await taken?.close();
  await rm(serviceDir, { recursive: true, force: true });
});

it('a first start knows nothing; the next one opens the cloud of the last by itself, and it can be taken over once', async () => {
  await startEarly(serviceDir, words);
  expect(takeEarlyStart()).toBeUndefined();

  keepForNextStart(serviceDir, service);
  await startEarly(serviceDir, words);
  const early = takeEarlyStart();
  taken = early?.cloud;
  expect(early).toMatchObject({ service, options: { stateDir: 'state', faults: { lose: 0.5 } } });
  expect((await fetch(`${early!.cloud.endpoint}/_everyfile/health`)).status).toBe(200);
  expect(takeEarlyStart()).toBeUndefined();
});

it.each([
  ['a file of the configuration has changed', () => writeFile(join(serviceDir, 'serverless.yml'), 'service: other\n')],
  ['a file of it has come', () => writeFile(join(serviceDir, '.env'), 'A=1\n')],
  ['what was kept is cut off', () => writeFile(join(serviceDir, 'node_modules/.cache/everyfile/service.json'), '{"f')],
  ['an option is not the local cloud’s', () => void words.push('--httpPort', '3000')],
  ['an option is wrong', () => void words.push('--seed', 'soon')],
])('nothing is opened early when %s', async (_when, change) => {
  keepForNextStart(serviceDir, service);
  await change();
  await startEarly(serviceDir, words);
  expect(takeEarlyStart()).toBeUndefined();
});

describe('the cloud that was opened early', () => {
  const said: string[] = [];
  const log = { notice: (text = '') => void said.push(text), warning: (text = '') => void said.push(text) };
  const runOf = () => ({
    serviceDir,
    log,
    bundles: { folder: serviceDir, extension: '.cjs' },
    bundled: Promise.resolve(),
  });
  const optionsNow = (changed: object = {}) =>
    parseOfflineOptions({ port: '0', stateDir: 'state', lose: '0.5', fresh: true, ...changed });
  const queues = async (endpoint: string) => {
    const client = new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
    client.destroy();
    return QueueUrls.map((url) => url.split('/').at(-1));
  };
  const openedEarly = async () => {
    keepForNextStart(serviceDir, service);
    await startEarly(serviceDir, [...words, '--fresh']);
    said.length = 0;
  };

  it('is the cloud of the run when the framework says the same of the service; it runs what the run bundles', async () => {
    await openedEarly();
    // The folder of the bundles is another one in each run: it was not known when the cloud was opened.
    await mkdir(join(serviceDir, 'handlers'));
    await writeFile(join(serviceDir, 'handlers', 'processor.cjs'), 'exports.handler = async () => "here";');
    const opened = await openLocalCloud(service, optionsNow(), runOf());
    taken = opened.cloud;
    const invoked = await fetch(`${taken.endpoint}/2015-03-31/functions/processor/invocations`, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request' },
    });
    expect(await invoked.json()).toBe('here');
    expect(opened.wasKnown).toBe(true);
    expect(said.join()).not.toContain('starts again');
  });

  it.each([
    ['service', { ...service, stage: 'local', conditions: { IsProd: true } }, {}],
    ['option', service, { timeScale: '1' }],
  ])('starts again with another %s, and keeps what it has acknowledged', async (_what, wanted, changed) => {
    await openedEarly();
    await writeFile(join(serviceDir, 'state', 's3', 'kept'), 'kept');
    const opened = await openLocalCloud(wanted, optionsNow(changed), runOf());
    taken = opened.cloud;
    expect(opened.wasKnown).toBe(false);
    expect(said).toContain(
      'The service or its options are not what they were taken for: the local cloud starts again.',
    );
    expect(await readFile(join(serviceDir, 'state', 's3', 'kept'), 'utf8')).toBe('kept');
    expect(await queues(taken.endpoint)).toEqual(['everyfile-local-work']);
  });
});

it('ends with a framework that fails before it takes the cloud over', () => {
  keepForNextStart(serviceDir, service);
  const module = join(import.meta.dirname, '../../../offline/framework/early-start.ts');
  const script = `
    const { startEarly } = await import(${JSON.stringify(module)});
    await startEarly(${JSON.stringify(serviceDir)}, ${JSON.stringify(words)});
    console.log('open');
    process.exitCode = 3;`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, stdout }).toEqual({ status: 3, stdout: 'open\n' });
}, 70_000);
