import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Answered } from '../../../offline/contracts.ts';
import { createLambdaApi } from '../../../offline/lambda/lambda-api.ts';
import { openWorkshop, until, type Workshop } from '../runner/support.ts';

let workshop: Workshop;
let server: Server;
let base: string;
let answered: Answered[];
let events: () => number;

beforeAll(async () => {
  workshop = await openWorkshop();
  const echo = await workshop.makeFunction('echo', `async (event) => ({ event, trace: process.env._X_AMZN_TRACE_ID })`);
  const thrower = await workshop.makeFunction('thrower', `async () => { throw new SyntaxError('bad bytes'); }`);
  const runner = workshop.makeRunner([echo, thrower]);
  events = () => runner.status()['echo']!.invocations;
  const api = createLambdaApi(runner);
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const exchange = { request, response, url, requestId: 'r', accessKeyId: 'test', region: 'us-east-1' };
    void api.handle(exchange).then((answer) => answered.push(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/2015-03-31/functions`;
});
beforeEach(() => {
  answered = [];
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await workshop.close();
});

const post = (name: string, body: string, headers: Record<string, string> = {}, query = ''): Promise<Response> =>
  fetch(`${base}/${name}/invocations${query}`, { method: 'POST', body, headers });

describe('Invoke', () => {
  it('answers with what the function returned, and continues the trace of the caller', async () => {
    const root = 'Root=1-11111111-222222222222222222222222';
    const response = await post('everyfile-local-echo', '{"n":1}', { 'X-Amzn-Trace-Id': root });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-executed-version')).toBe('$LATEST');
    expect(response.headers.has('x-amz-function-error')).toBe(false);
    const body = await response.json();
    expect(body).toMatchObject({ event: { n: 1 } });
    expect((body as { trace: string }).trace).toContain(`${root};`);
    expect(answered).toEqual([{ operation: 'Invoke', resource: 'everyfile-local-echo' }]);
  });

  it('answers 200 with X-Amz-Function-Error when the function failed', async () => {
    const response = await post('thrower', '{}');
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-function-error')).toBe('Unhandled');
    expect(await response.json()).toMatchObject({ errorType: 'SyntaxError', errorMessage: 'bad bytes' });
  });

  it('of type Event answers 202 at once and runs the function', async () => {
    const before = events();
    const response = await post('echo', '{}', { 'X-Amz-Invocation-Type': 'Event' });
    expect([response.status, await response.text()]).toEqual([202, '']);
    await until('the function has run', () => events() > before);
  });

  it('of type DryRun answers 204 and runs nothing', async () => {
    const before = events();
    expect((await post('echo', '{}', { 'X-Amz-Invocation-Type': 'DryRun' })).status).toBe(204);
    expect((await post('nobody', '{}', { 'X-Amz-Invocation-Type': 'DryRun' })).status).toBe(404);
    expect(events()).toBe(before);
  });

  const statuses = { RequestResponse: 200, Event: 202, DryRun: 204 };
  const account = '000000000000';
  const arn = `arn:aws:lambda:us-east-1:${account}:function`;
  it.each([
    'echo',
    'everyfile-local-echo',
    'everyfile-local-echo:$LATEST',
    'function:everyfile-local-echo',
    `${account}:function:everyfile-local-echo`,
    `${arn}:everyfile-local-echo`,
    `${arn}:everyfile-local-echo:$LATEST`,
  ])('finds a function by %s, whatever the type', async (name) => {
    for (const [type, status] of Object.entries(statuses)) {
      const answer = await post(encodeURIComponent(name), '{}', { 'X-Amz-Invocation-Type': type });
      expect([type, answer.status]).toEqual([type, status]);
    }
  });

  it('finds no version and no alias, and the latest by its name', async () => {
    for (const [type, status] of Object.entries(statuses)) {
      const byQualifier = async (qualifier: string) =>
        (await post('echo', '{}', { 'X-Amz-Invocation-Type': type }, `?Qualifier=${qualifier}`)).status;
      expect([await byQualifier('7'), await byQualifier('live'), await byQualifier('%24LATEST')]).toEqual([
        404,
        404,
        status,
      ]);
    }
  });

  it.each([
    'foo-echo',
    'everyfile-prod-echo',
    'everyfile-local-echo-2',
    'ECHO',
    'everyfile-local-echo:1',
    '999999999999:function:everyfile-local-echo',
    `arn:aws:lambda:eu-west-1:${account}:function:everyfile-local-echo`,
    'arn:aws:lambda:us-east-1:999999999999:function:everyfile-local-echo',
    `${arn}:foo-echo`,
    `${arn}:everyfile-local-echo:live`,
  ])('knows no %s, whatever the type', async (name) => {
    const before = events();
    for (const type of Object.keys(statuses)) {
      const answer = await post(encodeURIComponent(name), '{}', { 'X-Amz-Invocation-Type': type });
      const code = answer.headers.get('x-amzn-errortype');
      expect([type, answer.status, code]).toEqual([type, 404, 'ResourceNotFoundException']);
      expect(((await answer.json()) as { Message: string }).Message).toContain('Function not found: arn:aws:lambda:');
    }
    expect(events()).toBe(before);
  });

  it('refuses with the name of the error, in the header and to the request log', async () => {
    const cases: [string, string, Record<string, string>, number, string][] = [
      ['nobody', '{}', {}, 404, 'ResourceNotFoundException'],
      ['echo', '{broken', {}, 400, 'InvalidRequestContentException'],
      ['echo', '{}', { 'X-Amz-Invocation-Type': 'Sometimes' }, 400, 'InvalidParameterValueException'],
      [
        'echo',
        JSON.stringify('x'.repeat(2 ** 20)),
        { 'X-Amz-Invocation-Type': 'Event' },
        413,
        'RequestTooLargeException',
      ],
      ['echo', JSON.stringify('x'.repeat(9 * 2 ** 20)), {}, 413, 'RequestTooLargeException'],
    ];
    for (const [name, body, headers, status, code] of cases) {
      const response = await post(name, body, headers);
      expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, code]);
      expect(await response.json()).toHaveProperty('Message');
      expect(answered.at(-1)?.errorCode).toBe(code);
    }
  });
});

it('every other operation is refused by name', async () => {
  const response = await fetch(base);
  expect(response.status).toBe(501);
  expect(await response.text()).toContain('GET /2015-03-31/functions');
});
