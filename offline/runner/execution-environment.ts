import { Worker } from 'node:worker_threads';

import type { BootstrapData, FunctionError, InvokeMessage, Outcome, WorkerMessage } from './protocol.ts';

/** Lambda's limit for the init phase; what lasts longer is run again under the function's own time-out. */
const INIT_LIMIT_MS = 10_000;

/** Lambda's execution environment: one thread with the bundle loaded, which runs one invocation at a time. */
export type ExecutionEnvironment = Readonly<{
  /** Each environment writes a log stream of its own. */
  logStreamName: string;
  /** For a usable environment that runs nothing. Never rejects: what ends the thread ends the invocation, with Lambda's error. */
  run(message: InvokeMessage): Promise<Outcome>;
  /** False once the thread has ended, or is about to: it must not be used again. */
  usable(): boolean;
  /** Ends what is running as Lambda reports a process that was killed; settles once the thread runs no more. */
  kill(): Promise<void>;
  /** Cuts what is running, as a killed process would. */
  close(): Promise<void>;
}>;

export type ExecutionEnvironmentOptions = Readonly<{
  data: BootstrapData;
  /** The whole environment of the function: nothing of the shell's comes through. */
  variables: Readonly<Record<string, string>>;
  onLog: (requestId: string, line: string) => void;
  now: () => Date;
}>;

/** Starts the thread at once: loading the bundle is the cold start. */
export function createExecutionEnvironment(options: ExecutionEnvironmentOptions): ExecutionEnvironment {
  const { data, now } = options;
  const worker = new Worker(new URL('./bootstrap.ts', import.meta.url), {
    workerData: data,
    env: { ...options.variables },
    // V8's heap is limited as Lambda limits the process; Buffers stand outside it, see docs/limits.md.
    resourceLimits: { maxOldGenerationSizeMb: data.memoryMiB },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  let ready = false;
  let usable = true;
  let killed = false;
  let timer: NodeJS.Timeout | undefined;
  let current: { requestId: string; settle: (outcome: Outcome) => void } | undefined;

  function settle(outcome: Outcome): void {
    clearTimeout(timer);
    const invocation = current;
    current = undefined;
    invocation?.settle(outcome);
  }

  function end(errorType: string, errorMessage: string): void {
    usable = false;
    settle(failure({ errorType, errorMessage }));
  }

  function startClock(): void {
    clearTimeout(timer);
    if (current === undefined) return;
    const { requestId } = current;
    const limitMs = ready ? data.timeoutMs : INIT_LIMIT_MS + data.timeoutMs;
    timer = setTimeout(() => {
      const seconds = (limitMs / 1000).toFixed(2);
      end('Sandbox.Timedout', `${now().toISOString()} ${requestId} Task timed out after ${seconds} seconds`);
      void worker.terminate();
    }, limitMs);
  }

  worker.on('message', (message: WorkerMessage) => {
    if (message.type === 'log') options.onLog(message.requestId || (current?.requestId ?? ''), message.line);
    if (message.type === 'ready') {
      ready = true;
      startClock();
    }
    if (message.type === 'ended') {
      if (message.final) usable = false;
      settle(message.outcome);
    }
  });
  worker.on('error', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      end('Runtime.OutOfMemory', 'Error: Runtime exited with error: signal: killed');
    } else end(error.name, error.message);
  });
  worker.on('exit', (code) => {
    end('Runtime.ExitError', `RequestId: ${current?.requestId ?? ''} Error: ${exitReason(killed, code)}`);
  });

  return {
    logStreamName: data.logStreamName,
    run(message) {
      return new Promise((resolve) => {
        current = { requestId: message.requestId, settle: resolve };
        startClock();
        worker.postMessage(message);
      });
    },
    usable: () => usable,
    async kill() {
      usable = false;
      killed = true;
      await worker.terminate();
    },
    async close() {
      usable = false;
      await worker.terminate();
    },
  };
}

/** Lambda's words for how a process ended. */
function exitReason(killed: boolean, code: number): string {
  if (killed) return 'Runtime exited with error: signal: killed';
  return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
}

const failure = (error: FunctionError): Outcome => ({ status: 'error', error });
