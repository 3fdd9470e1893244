import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createEndpoint } from '../../../offline/endpoint/endpoint.ts';
import type { Endpoint } from '../../../offline/endpoint/endpoint.ts';
import { createRequestLog } from '../../../offline/endpoint/request-log.ts';
import type { RequestLog, RequestLogPage } from '../../../offline/endpoint/request-log.ts';
import { createSts } from '../../../offline/endpoint/sts.ts';
import type { Exchange, Service, ServiceName } from '../../../offline/contracts.ts';

/** Answers with what it was told, so that a test sees where its request went. */
const echo = (name: ServiceName): Service => ({
  handle: async ({ request: incoming, response, accessKeyId, region, url }) => {
    let bytes = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) bytes += chunk.length;
    response.end(JSON.stringify({ name, accessKeyId, region, path: url.pathname, raw: incoming.url, bytes }));
    return { operation: 'Echo', resource: url.pathname };
  },
  close: () => Promise.resolve(),
});

const scope = (service: string, accessKeyId = 'processor'): string =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

const bodyOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const call = (options: RequestOptions, body?: string | Buffer): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: endpoint.port, ...options }, (response) => {
      bodyOf(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });

const control = {
  status: () => ({ here: true }),
  showFaults: () => ({ shown: true }),
  changeFaults: (change: unknown) => change,
  changeSchedules: (change: unknown) => ({ changed: change }),
  showExports: () => ({ paced: true }),
  changeExports: (change: unknown) => ({ paced: change }),
};

let endpoint: Endpoint;
let log: RequestLog;
let failures: unknown[];
let slow: ((exchange: Exchange) => void)[];

beforeEach(async () => {
  log = createRequestLog();
  failures = [];
  slow = [];
  endpoint = await start();
  endpoint.open(
    {
      s3: echo('s3'),
      dynamodb: echo('dynamodb'),
      sts: createSts(),
      sqs: {
        handle: (exchange) =>
          new Promise(() => {
            slow.shift()?.(exchange);
          }),
        close: () => Promise.resolve(),
      },
      sns: { handle: () => Promise.reject(new Error('a defect')), close: () => Promise.resolve() },
    },
    control,
  );
});
afterEach(() => endpoint.close());

const start = (port = 0) =>
  createEndpoint({
    port,
    stage: 'local',
    requestLog: log,
    now: () => new Date('2026-01-01T00:00:00Z'),
    reportError: (error) => failures.push(error),
  });

describe('the endpoint', () => {
  it.each([
    ['the header', { headers: { authorization: scope('dynamodb') } }, 'dynamodb', 'processor', 'eu-west-1'],
    ['a key with slashes', { headers: { authorization: scope('dynamodb', 'a/b') } }, 'dynamodb', 'a/b', 'eu-west-1'],
    [
      'a presigned URL',
      { path: '/b/k?X-Amz-Credential=me%2F20260101%2Fus-west-2%2Fs3%2Faws4_request' },
      's3',
      'me',
      'us-west-2',
    ],
    ['an older presigned URL', { path: '/b/k?AWSAccessKeyId=old&Signature=x&Expires=1' }, 's3', 'old', 'us-east-1'],
    ['nothing', { path: '/b/k' }, 's3', '', 'us-east-1'],
  ])('reads service, caller and Region from %s', async (_from, options, name, accessKeyId, region) => {
    const { body } = await call(options);
    expect(JSON.parse(body)).toMatchObject({ name, accessKeyId, region });
  });

  it('answers on both loopback addresses', async () => {
    const hosts = ['127.0.0.1', ...((await hasIpv6()) ? ['::1'] : [])];
    for (const host of hosts) expect((await call({ host, path: '/b/k' })).status).toBe(200);
  });

  it('passes strange paths on as they were sent', async () => {
    const path = '/bucket//a/../b%2Fc/%00?x=%zz';
    expect(JSON.parse((await call({ path })).body)).toMatchObject({ name: 's3', raw: path });
  });

  it('names a service and an operation that it does not have', async () => {
    const unknown = await call({ headers: { authorization: scope('rekognition') } });
    expect(unknown).toMatchObject({ status: 501, body: expect.stringContaining('rekognition') });
    expect(JSON.parse(unknown.body)).toMatchObject({ __type: 'NotImplemented' });
    const byForm = { authorization: scope('ec2'), 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const asked = await call({ method: 'POST', headers: byForm }, 'Action=DescribeInstances');
    expect(asked).toMatchObject({ status: 501, body: expect.stringMatching(/<Code>NotImplemented<.*service ec2\./) });
    const json = await call({
      method: 'POST',
      headers: { authorization: scope('logs'), 'x-amz-target': 'Logs_20140328.CreateExportTask' },
    });
    expect(json.status).toBe(501);
    expect(JSON.parse(json.body)).toEqual({
      __type: 'NotImplemented',
      message: 'The local cloud does not have logs:CreateExportTask.',
    });
    const xml = await call(
      { method: 'POST', headers: { authorization: scope('cloudformation') } },
      'Action=CreateStack',
    );
    expect(xml).toMatchObject({ status: 501, body: expect.stringContaining('cloudformation:CreateStack') });
    expect(log.read(0).entries.map(({ operation }) => operation)).toEqual(['CreateExportTask', 'CreateStack']);
  });

  it('says who the caller is', async () => {
    const { body } = await call(
      { method: 'POST', headers: { authorization: scope('sts') } },
      'Action=GetCallerIdentity',
    );
    expect(body).toContain('<Account>000000000000</Account>');
    expect(body).toContain('<Arn>arn:aws:iam::000000000000:user/processor</Arn>');
  });

  it('goes on with a client that waits to be told to continue', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: endpoint.port, method: 'PUT', path: '/b/k', headers: { expect: '100-continue' } },
        (response) => void bodyOf(response).then(resolve, reject),
      );
      outgoing.once('continue', () => outgoing.end('x'.repeat(100)));
      outgoing.once('error', reject);
      outgoing.flushHeaders();
    });
    expect(JSON.parse(answer)).toMatchObject({ bytes: 100 });
  });

  it('pays an expectation that it does not know no attention', async () => {
    const answer = await call({ method: 'PUT', path: '/b/k', headers: { expect: '200' } }, 'x');
    expect(answer.status).toBe(200);
  });

  it('takes headers of 2 KB of metadata and a key of 1,024 bytes, encoded', async () => {
    const headers = { 'x-amz-meta-a': 'a'.repeat(2048), authorization: scope('s3', 'x'.repeat(2000)) };
    expect((await call({ path: `/b/${'%E6'.repeat(1024)}`, headers })).status).toBe(200);
  });

  it('answers 500 for a defect of a service, tells of it, and goes on', async () => {
    const answer = await call({ method: 'POST', headers: { authorization: scope('sns') } });
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('<Code>InternalError</Code>') });
    expect(failures).toEqual([new Error('a defect')]);
    expect(log.read(0).entries).toMatchObject([{ service: 'sns', status: 500, errorCode: 'InternalError' }]);
    expect((await call({ path: '/b/k' })).status).toBe(200);
  });

  it('cuts what is under way when it closes', async () => {
    const reached = new Promise((resolve) => slow.push(resolve));
    const waiting = expect(call({ headers: { authorization: scope('sqs') } })).rejects.toThrow();
    await reached;
    await endpoint.close();
    await waiting;
    await expect(call({ path: '/b/k' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('names the port that is taken, and the option', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(start(port)).rejects.toMatchObject({
      name: 'PortInUseError',
      message: expect.stringMatching(new RegExp(`^Port ${port} is already in use.*--port`)),
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it('listens on the loopback alone', async () => {
    const { networkInterfaces } = await import('node:os');
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    if (!outside) return;
    await expect(
      new Promise((resolve, reject) => {
        connect(endpoint.port, outside.address).once('connect', resolve).once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('the control routes', () => {
  const json = async (options: RequestOptions, body?: string): Promise<unknown> =>
    JSON.parse((await call(options, body)).body);

  it('tell when the cloud is ready', async () => {
    const other = await start();
    try {
      const health = { port: other.port, path: '/_everyfile/health' };
      expect(await call(health)).toMatchObject({ status: 503, body: expect.stringContaining('"ready":false') });
      expect((await call({ port: other.port, path: '/b/k' })).status).toBe(503);
      expect((await call({ port: other.port, path: '/_everyfile/status' })).status).toBe(503);
      other.open({}, control);
      expect(await json(health)).toEqual({ ready: true, stage: 'local', pid: process.pid });
    } finally {
      await other.close();
    }
  });

  it('give the request log from a cursor on, and do not stand in it', async () => {
    for (const key of ['a', 'b', 'c']) await call({ path: `/bucket/${key}`, headers: { authorization: scope('s3') } });
    const page = (await json({ path: '/_everyfile/requests?since=1' })) as RequestLogPage;
    expect(page).toMatchObject({ next: 3, dropped: 0 });
    expect(page.entries).toEqual([
      {
        n: 1,
        at: '2026-01-01T00:00:00.000Z',
        accessKeyId: 'processor',
        service: 's3',
        operation: 'Echo',
        resource: '/bucket/b',
        status: 200,
        durationMs: expect.any(Number),
      },
      expect.objectContaining({ n: 2, resource: '/bucket/c' }),
    ]);
    expect(await json({ path: '/_everyfile/requests?since=3' })).toEqual({ entries: [], next: 3, dropped: 0 });
    expect((await call({ path: '/_everyfile/requests?since=x' })).status).toBe(400);
  });

  it('wait for the line of a request that is answered already', async () => {
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const other = await start();
    const lambda: Service = {
      handle: async ({ response }) => {
        response.end('answered');
        await told;
        return { operation: 'Late', resource: 'line' };
      },
      close: () => Promise.resolve(),
    };
    try {
      other.open({ lambda }, control);
      await call({ port: other.port, headers: { authorization: scope('lambda') } });
      const reading = json({ port: other.port, path: '/_everyfile/requests' });
      // Only once the question has arrived may the line be written.
      await call({ port: other.port, path: '/_everyfile/health' });
      tell();
      expect(await reading).toMatchObject({ entries: [{ operation: 'Late', resource: 'line' }] });
    } finally {
      tell();
      await other.close();
    }
  });

  it('give a long log whole', async () => {
    for (let n = 0; n < 2500; n += 1) {
      log.append({ at: '', accessKeyId: '', service: 's3', operation: '', resource: '', status: 200, durationMs: 0 });
    }
    const { entries } = (await json({ path: '/_everyfile/requests' })) as RequestLogPage;
    expect(entries.map(({ n }) => n)).toEqual(Array.from({ length: 2500 }, (_, n) => n));
  });

  it('show the status, change faults and schedules, and name what there is', async () => {
    expect(await json({ path: '/_everyfile/status' })).toEqual({ here: true });
    expect(await json({ method: 'POST', path: '/_everyfile/faults' }, '{"lose":0.5}')).toEqual({ lose: 0.5 });
    expect((await call({ method: 'POST', path: '/_everyfile/faults' }, 'no json')).status).toBe(400);
    expect(await json({ path: '/_everyfile/faults' })).toEqual({ shown: true });
    const schedules = { method: 'POST', path: '/_everyfile/schedules' };
    expect(await json(schedules, '{"paused":true}')).toEqual({ changed: { paused: true } });
    expect(await call({ path: '/_everyfile/nothing' })).toMatchObject({
      status: 404,
      body: expect.stringContaining('GET health'),
    });
  });
});

describe('the request log', () => {
  it('keeps the last entries and counts those it has dropped', () => {
    const ring = createRequestLog(3);
    const append = (resource: string) =>
      ring.append({ at: '', accessKeyId: '', service: 's3', operation: '', resource, status: 200, durationMs: 0 });
    const read = (since: number) => {
      const { entries, ...rest } = ring.read(since);
      return { ...rest, resources: entries.map(({ resource }) => resource).join('') };
    };
    expect(read(0)).toEqual({ resources: '', next: 0, dropped: 0 });
    append('a');
    append('b');
    expect(read(0)).toEqual({ resources: 'ab', next: 2, dropped: 0 });
    ['c', 'd', 'e'].forEach(append);
    expect(read(0)).toEqual({ resources: 'cde', next: 5, dropped: 2 });
    expect(read(1)).toEqual({ resources: 'cde', next: 5, dropped: 1 });
    expect(read(3)).toEqual({ resources: 'de', next: 5, dropped: 0 });
    expect(read(9)).toEqual({ resources: '', next: 5, dropped: 0 });
  });
});

const hasIpv6 = (): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(0, '::1', () => probe.close(() => resolve(true)));
  });
