import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { childrenOf, endpointOf, lives, runSls, type Run } from './sls.ts';

const LIMIT_MS = 120_000;
/** The promise itself, and thus a time by the clock, which tests have none of otherwise: it takes 0.25 s, 0.3 on a busy machine. */
const PROMISED_MS = 2000;
let home: string;
let run: Run | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everyfile-ctrl-c-'));
});
afterEach(async () => {
  run?.process.kill('SIGKILL');
  await run?.ended;
  await rm(home, { recursive: true, force: true });
});

type Open = Readonly<{ outgoing: ClientRequest; ended: Promise<string> }>;

/** Begins a request, as far as the cloud's word that it may go on with its body. */
const begin = async (url: string, method: string, service: string, headers: Record<string, string>): Promise<Open> => {
  const scope = `test/20260101/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const outgoing = request(url, { method, headers: { ...headers, authorization, expect: '100-continue' } });
  const ended = new Promise<string>((resolve) => {
    outgoing.once('response', ({ statusCode }) => resolve(`answered ${String(statusCode)}`));
    outgoing.once('error', ({ message }) => resolve(message));
  });
  const mayGoOn = new Promise((resolve) => outgoing.once('continue', resolve));
  outgoing.flushHeaders();
  await mayGoOn;
  return { outgoing, ended };
};

/** A PUT of which half is on the disk. */
const openPut = async (endpoint: string): Promise<Open> => {
  const url = `${endpoint}/everyfile-local-outputs/half`;
  const put = await begin(url, 'PUT', 's3', { 'content-length': '200000' });
  put.outgoing.write('x'.repeat(100_000));
  const received = async () => (await readdir(join(home, 's3', 'tmp'))).length;
  while ((await received()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return put;
};

const openPoll = async (endpoint: string): Promise<Open> => {
  const target = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
  const poll = await begin(endpoint, 'POST', 'sqs', target);
  const QueueUrl = `${endpoint}/000000000000/everyfile-local-work-dlq`;
  await new Promise<void>((resolve) => {
    poll.outgoing.end(JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 }), resolve);
  });
  return poll;
};

it(
  'Ctrl-C ends everything within two seconds, a half-sent PUT and a long poll with it, and leaves no process behind',
  async () => {
    run = runSls(home, 'offline', '--stage', 'local', '--port', '0', '--stateDir', home);
    const endpoint = await endpointOf(run);
    const open = [await openPut(endpoint), await openPoll(endpoint)];
    await fetch(`${endpoint}/_everyfile/health`);
    const children = await childrenOf(run);
    if (process.platform === 'linux') expect(children).toHaveLength(1);

    const interrupted = performance.now();
    const exited = once(run.process, 'exit');
    run.process.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(performance.now() - interrupted).toBeLessThan(PROMISED_MS);
    while (children.some(lives)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(performance.now() - interrupted).toBeLessThan(PROMISED_MS);
    expect(await Promise.all(open.map(({ ended }) => ended))).toEqual(['socket hang up', 'socket hang up']);
  },
  LIMIT_MS,
);
