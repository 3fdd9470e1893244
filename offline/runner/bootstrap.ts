/**
 * The runtime in a worker thread: loads the function's bundle once, then runs its handler once per message. It does
 * what Lambda's own Node.js 24 runtime does: console lines with time, request id and level; errors with the name of
 * their class; no callback handlers. One thread runs one invocation at a time, so `requestId` is the current one.
 */
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';

import { LARGEST_PAYLOAD_BYTES } from './protocol.ts';
import type { BootstrapData, FunctionError, InvokeMessage, Outcome, WorkerMessage } from './protocol.ts';

type LineBuffer = Readonly<{ add(text: string): void; flush(): void }>;
type Handler = (event: unknown, context: unknown) => unknown;

const data = workerData as BootstrapData;
let requestId = '';
const buffers: LineBuffer[] = [];

const say = (message: WorkerMessage): void => parentPort?.postMessage(message);
const logLine = (line: string): void => say({ type: 'log', requestId, line });

captureConsole();
process.on('uncaughtException', (error) => die(describe(error), 'Uncaught Exception'));
process.on('unhandledRejection', (reason) => {
  const described = describe(reason);
  const message = `${described.errorType}: ${described.errorMessage}`;
  die(
    { ...described, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: message },
    'Unhandled Promise Rejection',
  );
});

const handler = loadHandler();
if (handler !== undefined) {
  say({ type: 'ready' });
  parentPort?.on('message', (message: InvokeMessage) => void run(handler, message));
}

function loadHandler(): Handler | undefined {
  try {
    const bundle = createRequire(data.modulePath)(data.modulePath) as Record<string, unknown>;
    const exported = bundle[data.exportName];
    const named = `${data.modulePath}.${data.exportName}`;
    if (typeof exported !== 'function') {
      throw runtimeError('Runtime.HandlerNotFound', `${named} is undefined or not exported`);
    }
    if (exported.length >= 3) {
      throw runtimeError(
        'Runtime.CallbackHandlerDeprecated',
        `${named} takes a callback; Node.js 24 handlers are async`,
      );
    }
    return exported as Handler;
  } catch (error) {
    die(describe(error), 'Init Error');
    return undefined;
  }
}

async function run(handle: Handler, message: InvokeMessage): Promise<void> {
  requestId = message.requestId;
  process.env['_X_AMZN_TRACE_ID'] = message.traceHeader;
  let outcome: Outcome;
  try {
    const result = await handle(JSON.parse(message.payload), makeContext());
    outcome = respond(result);
  } catch (error) {
    outcome = { status: 'error', error: describe(error) };
    reportError('Invoke Error', outcome.error);
  }
  flushConsole();
  say({ type: 'ended', outcome, final: false });
}

/** `JSON.stringify` gives undefined for undefined, functions and symbols; Lambda answers null. */
function respond(result: unknown): Outcome {
  const payload = (JSON.stringify(result) as string | undefined) ?? 'null';
  const bytes = Buffer.byteLength(payload);
  if (bytes <= LARGEST_PAYLOAD_BYTES.sync) return { status: 'ok', payload };
  throw runtimeError(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${LARGEST_PAYLOAD_BYTES.sync} bytes).`,
  );
}

/** The Node.js 24 runtime has no `done`, `succeed`, `fail` and no `callbackWaitsForEmptyEventLoop` any more. */
function makeContext(): object {
  const startedAt = performance.now();
  return {
    functionName: data.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: data.functionArn,
    memoryLimitInMB: String(data.memoryMiB),
    awsRequestId: requestId,
    logGroupName: data.logGroupName,
    logStreamName: data.logStreamName,
    getRemainingTimeInMillis: () => Math.round(data.timeoutMs - (performance.now() - startedAt)),
  };
}

/** What is neither caught nor awaited ends the process on Lambda; here it ends this thread alone. */
function die(error: FunctionError, label: string): void {
  reportError(label, error);
  flushConsole();
  say({ type: 'ended', outcome: { status: 'error', error }, final: true });
  process.exit(1);
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function runtimeError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function reportError(label: string, error: FunctionError): void {
  const { errorType, errorMessage, trace } = error;
  writeRecord('ERROR', `${label} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
}

/** One record is one line: Lambda replaces the line ends in it, so that it stays one log event. */
function writeRecord(level: string, message: string): void {
  logLine(`${new Date().toISOString()}\t${requestId}\t${level}\t${message.replaceAll('\n', '\r')}`);
}

function captureConsole(): void {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' } as const;
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...parts: unknown[]) => writeRecord(level, format(...parts));
  }
  for (const stream of [process.stdout, process.stderr]) {
    const lines = lineBuffer();
    buffers.push(lines);
    stream.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      lines.add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const done = rest.findLast((part) => typeof part === 'function');
      if (done !== undefined) queueMicrotask(done as () => void);
      return true;
    };
  }
}

function flushConsole(): void {
  for (const buffer of buffers) buffer.flush();
}

/** Written text becomes a log line at its line end, or at the end of the invocation. */
function lineBuffer(): LineBuffer {
  let rest = '';
  return {
    add(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(logLine);
    },
    flush() {
      if (rest !== '') logLine(rest);
      rest = '';
    },
  };
}
