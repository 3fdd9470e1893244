import type { InvocationResult } from '../../../offline/contracts.ts';
import { openWorkshop, until, type Workshop } from './support.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

const invoke = async (source: string, payload = '{}', overrides = {}): Promise<InvocationResult> => {
  const runner = workshop.makeRunner([await workshop.makeFunction('worker', source, overrides)]);
  return runner.invoke({ functionName: 'worker', payload });
};
const errorOf = (result: InvocationResult): { errorType: string; errorMessage: string; trace?: string[] } => {
  expect(result.status).toBe('error');
  return JSON.parse(result.payload) as { errorType: string; errorMessage: string; trace?: string[] };
};

describe('a result', () => {
  it('is the JSON of what the handler returned, for the event it was given', async () => {
    const result = await invoke('async (event) => ({ doubled: event.n * 2 })', '{"n":21}');
    expect(result).toEqual({ status: 'ok', payload: '{"doubled":42}' });
  });

  it('is null when the handler returns nothing', async () => {
    expect(await invoke('async () => undefined')).toEqual({ status: 'ok', payload: 'null' });
  });

  it('above 6 MB is an error', async () => {
    const error = errorOf(await invoke('async () => "x".repeat(7 * 1024 * 1024)'));
    expect(error.errorType).toBe('Function.ResponseSizeTooLarge');
  });
});

describe('the context', () => {
  it("carries Lambda's fields, with the time that remains", async () => {
    const source = `async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() })`;
    const result = await invoke(source, '{}', { timeoutSeconds: 9, memoryMiB: 192 });
    const context = JSON.parse(result.payload);
    expect(context).toMatchObject({
      functionName: 'everyfile-local-worker',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-worker',
      memoryLimitInMB: '192',
      logGroupName: '/aws/lambda/everyfile-local-worker',
    });
    expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(context.remaining).toBeGreaterThan(0);
    expect(context.remaining).toBeLessThanOrEqual(9000);
  });
});

describe('the environment', () => {
  it("is this function's own, and nothing of the shell's", async () => {
    process.env['SECRET_OF_THE_SHELL'] = 'seen';
    const result = await invoke('async () => process.env', '{}', { environment: { INBOX_BUCKET_NAME: 'inbox' } });
    delete process.env['SECRET_OF_THE_SHELL'];
    const environment = JSON.parse(result.payload);
    expect(environment).toMatchObject({
      INBOX_BUCKET_NAME: 'inbox',
      AWS_ACCESS_KEY_ID: 'worker',
      AWS_ENDPOINT_URL: 'http://localhost:4566',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'everyfile-local-worker',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    });
    expect(environment).not.toHaveProperty('SECRET_OF_THE_SHELL');
    expect(environment).not.toHaveProperty('PATH');
  });
});

describe('an error', () => {
  it('of the handler keeps its own name, message and stack', async () => {
    const source = `class CorruptFileError extends Error { name = 'CorruptFileError' }
      exports.handler = async () => { throw new CorruptFileError('no end of file') };`;
    const error = errorOf(await invoke(source));
    expect(error).toMatchObject({ errorType: 'CorruptFileError', errorMessage: 'no end of file' });
    expect(error.trace?.[0]).toContain('CorruptFileError: no end of file');
  });

  it('while the bundle loads is told by its own name, and the next invocation tries again', async () => {
    const definition = await workshop.makeFunction(
      'worker',
      `throw new TypeError('broken bundle'); exports.handler = 1;`,
    );
    const runner = workshop.makeRunner([definition]);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const result = await runner.invoke({ functionName: 'worker', payload: '{}' });
      expect(errorOf(result)).toMatchObject({ errorType: 'TypeError', errorMessage: 'broken bundle' });
    }
  });

  it('names a handler that is not there, and one that takes a callback', async () => {
    expect(errorOf(await invoke('exports.other = async () => 1;')).errorType).toBe('Runtime.HandlerNotFound');
    const callback = errorOf(await invoke('(event, context, callback) => callback(null, 1)'));
    expect(callback.errorType).toBe('Runtime.CallbackHandlerDeprecated');
  });

  it('ends a function that runs too long, with the message Lambda has for it', async () => {
    for (const source of ['() => new Promise(() => {})', 'async () => { for (;;); }']) {
      const error = errorOf(await invoke(source, '{}', { timeoutSeconds: 0.2 }));
      expect(error.errorType).toBe('Sandbox.Timedout');
      expect(error.errorMessage).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f-]{36} Task timed out after 0\.20 seconds$/);
    }
  });

  it('of memory, of a process that exits and of a promise nobody awaits are told apart', async () => {
    const memory = 'async () => { const all = []; for (;;) all.push(new Array(10_000).fill(all.length)); }';
    expect(errorOf(await invoke(memory, '{}', { memoryMiB: 16 })).errorType).toBe('Runtime.OutOfMemory');
    const exit = errorOf(await invoke('async () => process.exit(7)'));
    expect(exit).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(exit.errorMessage).toContain('exit status 7');
    const rejection = errorOf(
      await invoke(`() => { Promise.reject(new RangeError('late')); return new Promise(() => {}); }`),
    );
    expect(rejection).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RangeError: late',
    });
  });

  it('ends one environment and no other', async () => {
    const source = `async (event) => { if (event.die) process.exit(1); await new Promise((go) => setTimeout(go, 50)); return 'alive'; }`;
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', source)]);
    const payloads = ['{}', '{"die":true}', '{}'];
    const results = await Promise.all(payloads.map((payload) => runner.invoke({ functionName: 'worker', payload })));
    expect(results.map(({ status }) => status)).toEqual(['ok', 'error', 'ok']);
    expect((await runner.invoke({ functionName: 'worker', payload: '{}' })).status).toBe('ok');
  });
});

describe('an execution environment', () => {
  const counter = `const { randomUUID } = require('node:crypto'); const id = randomUUID(); let n = 0;
    exports.handler = async (event) => { n += 1; if (event.waitMs) await new Promise((go) => setTimeout(go, event.waitMs)); return { id, n }; };`;

  it('is used again while it is warm', async () => {
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', counter)]);
    const seen: { id: string; n: number }[] = [];
    for (let n = 1; n <= 3; n += 1)
      seen.push(
        JSON.parse((await runner.invoke({ functionName: 'worker', payload: '{}' })).payload) as {
          id: string;
          n: number;
        },
      );
    expect(seen.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
  });

  it('is one for each concurrent execution, as many as the width allows; the rest waits in line', async () => {
    const definition = await workshop.makeFunction('worker', counter);
    const runner = workshop.makeRunner([definition], { concurrency: 2 });
    const all = Array.from({ length: 6 }, () => runner.invoke({ functionName: 'worker', payload: '{"waitMs":20}' }));
    expect(runner.status()['worker']).toMatchObject({ running: 2, queued: 4 });
    const ids = (await Promise.all(all)).map(({ payload }) => (JSON.parse(payload) as { id: string }).id);
    expect(new Set(ids).size).toBe(2);
    expect(runner.status()['worker']).toMatchObject({ running: 0, queued: 0, invocations: 6, errors: 0 });
  });

  it('gives way to one with the new code after a reload, and what runs is not cut', async () => {
    const before = await workshop.makeFunction(
      'worker',
      `async (event) => { await new Promise((go) => setTimeout(go, event.waitMs)); return 'old'; }`,
    );
    const after = await workshop.makeFunction('worker', `async () => 'new'`);
    const runner = workshop.makeRunner([before]);
    await runner.invoke({ functionName: 'worker', payload: '{"waitMs":1}' });
    const running = runner.invoke({ functionName: 'worker', payload: '{"waitMs":50}' });
    await runner.reload([after]);
    expect((await runner.invoke({ functionName: 'worker', payload: '{}' })).payload).toBe('"new"');
    expect((await running).payload).toBe('"old"');
    const later = await Promise.all([1, 2].map(() => runner.invoke({ functionName: 'worker', payload: '{}' })));
    expect(later.map(({ payload }) => payload)).toEqual(['"new"', '"new"']);
  });
});

describe('an asynchronous event', () => {
  it('is tried three times with one request id, and its last failure goes to the on-failure destination', async () => {
    const records: [string, string][] = [];
    const source = `async (event, context) => { console.log('attempt'); throw new Error('never'); }`;
    const onFailureArn = 'arn:aws:sqs:us-east-1:000000000000:everyfile-local-work-dlq';
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', source, { onFailureArn })], {
      onFailure: async (arn, record) => void records.push([arn, record]),
    });
    runner.invokeAsync({ functionName: 'worker', payload: '{"file":1}' });
    expect(runner.status()['worker']?.pendingEvents).toBe(1);
    await until('the event is given up', () => runner.status()['worker']?.pendingEvents === 0);
    const attempts = runner.lines.filter(({ line }) => line.endsWith('attempt'));
    expect(attempts).toHaveLength(3);
    expect(new Set(attempts.map(({ requestId }) => requestId)).size).toBe(1);
    expect(records).toHaveLength(1);
    expect(records[0]![0]).toBe(onFailureArn);
    expect(JSON.parse(records[0]![1])).toMatchObject({
      version: '1.0',
      requestContext: { requestId: attempts[0]!.requestId, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { file: 1 },
      responseContext: { functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'never' },
    });
  });

  it('ends with the first attempt that succeeds, and is not retried when the function allows no retry', async () => {
    const flaky = await workshop.makeFunction(
      'flaky',
      `let n = 0; exports.handler = async () => { n += 1; if (n === 1) throw new Error('once'); };`,
    );
    const once = await workshop.makeFunction('once', `async () => { throw new Error('no'); }`, {
      maximumRetryAttempts: 0,
    });
    const runner = workshop.makeRunner([flaky, once]);
    runner.invokeAsync({ functionName: 'flaky', payload: '{}' });
    runner.invokeAsync({ functionName: 'once', payload: '{}' });
    await until('both are finished', () =>
      Object.values(runner.status()).every(({ pendingEvents }) => pendingEvents === 0),
    );
    expect(runner.status()).toMatchObject({
      flaky: { invocations: 2, errors: 1 },
      once: { invocations: 1, errors: 1 },
    });
  });
});

describe('a function', () => {
  it('is found by key, by name and by ARN; another name is refused as Lambda refuses it', async () => {
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', 'async () => 1')]);
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:everyfile-local-worker';
    for (const functionName of ['worker', 'everyfile-local-worker', arn, `${arn}:$LATEST`]) {
      expect((await runner.invoke({ functionName, payload: '{}' })).status).toBe('ok');
    }
    await expect(runner.invoke({ functionName: 'nobody', payload: '{}' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      statusCode: 404,
    });
  });

  it('takes 6 MB when asked, 1 MB as an event, and nothing that is not JSON', async () => {
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', 'async (text) => text.length')]);
    const payload = JSON.stringify('x'.repeat(2 * 1024 * 1024));
    expect((await runner.invoke({ functionName: 'worker', payload })).payload).toBe(String(2 * 1024 * 1024));
    expect(() => runner.invokeAsync({ functionName: 'worker', payload })).toThrow(
      expect.objectContaining({ name: 'RequestTooLargeException', statusCode: 413 }) as Error,
    );
    await expect(runner.invoke({ functionName: 'worker', payload: '{broken' })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
  });

  it('that invokes itself 16 times in a chain is stopped, unless its loop is allowed', async () => {
    const source = 'async () => process.env._X_AMZN_TRACE_ID';
    const terminated = await workshop.makeFunction('terminated', source);
    const allowed = await workshop.makeFunction('allowed', source, { recursiveLoop: 'Allow' });
    const runner = workshop.makeRunner([terminated, allowed]);
    const chain = async (functionName: string, hops: number): Promise<void> => {
      let traceHeader = 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=1';
      for (let hop = 0; hop < hops; hop += 1) {
        traceHeader = JSON.parse((await runner.invoke({ functionName, payload: '{}', traceHeader })).payload);
        expect(traceHeader).toContain('Root=1-00000000-000000000000000000000000;');
      }
    };
    await chain('terminated', 16);
    await expect(chain('terminated', 17)).rejects.toMatchObject({ name: 'RecursiveInvocationException' });
    await chain('allowed', 20);
  });
});

describe('the log', () => {
  it('holds console lines with time, request id and level, between START and REPORT, in order', async () => {
    const source = `async () => { console.log('a %d', 1); console.error({ two: 2 }); process.stdout.write('raw\\nrest'); }`;
    const runner = workshop.makeRunner([await workshop.makeFunction('worker', source)]);
    await runner.invoke({ functionName: 'worker', payload: '{}' });
    const { requestId } = runner.lines[0]!;
    const withoutTime = runner.lines.map(({ line }) => line.replace(/^\d{4}-\S+\t/, ''));
    expect(withoutTime.slice(0, 6)).toEqual([
      `START RequestId: ${requestId} Version: $LATEST`,
      `${requestId}\tINFO\ta 1`,
      `${requestId}\tERROR\t{ two: 2 }`,
      'raw',
      'rest',
      `END RequestId: ${requestId}`,
    ]);
    expect(withoutTime[6]).toMatch(/^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tMemory Size: 128 MB$/);
  });
});

describe('closing', () => {
  it('cuts what runs, drops what waits, and answers every caller', async () => {
    const definition = await workshop.makeFunction('worker', `async () => { console.log('running'); for (;;); }`);
    const runner = workshop.makeRunner([definition], { concurrency: 1 });
    const callers = [1, 2].map(() => runner.invoke({ functionName: 'worker', payload: '{}' }));
    runner.invokeAsync({ functionName: 'worker', payload: '{}' });
    await until('the first one runs', () => runner.lines.some(({ line }) => line.endsWith('running')));
    await runner.close();
    for (const result of await Promise.all(callers)) expect(errorOf(result).errorType).toBe('Runtime.ExitError');
    await until('the event is dropped', () => runner.status()['worker']?.pendingEvents === 0);
  });
});

describe('an invocation before the bundles are built', () => {
  it('waits for them, and is not timed meanwhile', async () => {
    const { promise: ready, resolve: built } = Promise.withResolvers<undefined>();
    const definition = await workshop.makeFunction('early', 'async () => "ran"', { timeoutSeconds: 1 });
    const runner = workshop.makeRunner([definition], { ready });
    const result = runner.invoke({ functionName: 'early', payload: '{}' });
    runner.invokeAsync({ functionName: 'early', payload: '{}' });
    // Long enough for an invocation that did not wait.
    await workshop.makeRunner([definition]).invoke({ functionName: 'early', payload: '{}' });
    expect(runner.status()['early']).toMatchObject({ running: 0, invocations: 0, pendingEvents: 1 });
    built(undefined);
    expect(await result).toEqual({ status: 'ok', payload: '"ran"' });
    await until('the event has run', () => runner.status()['early']!.pendingEvents === 0);
  });
});
