import type { ExecutionEnvironment } from './execution-environment.ts';
import type { InvokeMessage, Outcome } from './protocol.ts';

/** The execution environments of one function: warm ones are used again, `width` run at once, the rest waits in line. */
export type FunctionPool = Readonly<{
  /** `onStart` is called when the invocation leaves the line, with the environment that it runs in. */
  run(message: InvokeMessage, onStart: OnStart): Promise<Outcome>;
  running(): number;
  queued(): number;
  /** Kills the environment that runs the invocation of this trace header, if one does. */
  cut(traceHeader: string): Promise<void>;
  /** New code has come: idle environments end now, busy ones after the invocation they run. */
  renew(): Promise<void>;
  /** Cuts everything; what waits in line is never started. */
  close(): Promise<void>;
}>;

type OnStart = (environment: ExecutionEnvironment) => void;
type Waiting = Readonly<{ message: InvokeMessage; onStart: OnStart; settle: (outcome: Outcome) => void }>;

const CUT: Outcome = {
  status: 'error',
  error: { errorType: 'Runtime.ExitError', errorMessage: 'Error: the local cloud was closed' },
};

export function createFunctionPool(width: number, createEnvironment: () => ExecutionEnvironment): FunctionPool {
  const idle: ExecutionEnvironment[] = [];
  const busy = new Map<ExecutionEnvironment, InvokeMessage>();
  const stale = new WeakSet<ExecutionEnvironment>();
  const line: Waiting[] = [];
  let closed = false;

  async function start({ message, onStart, settle }: Waiting): Promise<void> {
    const environment = takeWarm() ?? createEnvironment();
    busy.set(environment, message);
    onStart(environment);
    const outcome = await environment.run(message);
    busy.delete(environment);
    if (environment.usable() && !stale.has(environment) && !closed) idle.push(environment);
    else void environment.close();
    settle(outcome);
    const next = line.shift();
    if (next !== undefined) void start(next);
  }

  /** The one used last is the warmest. One that died while idle, of a promise nobody awaited, is dropped. */
  function takeWarm(): ExecutionEnvironment | undefined {
    for (;;) {
      const environment = idle.pop();
      if (environment === undefined || environment.usable()) return environment;
    }
  }

  return {
    run(message, onStart) {
      if (closed) return Promise.resolve(CUT);
      return new Promise((settle) => {
        if (busy.size < width) void start({ message, onStart, settle });
        else line.push({ message, onStart, settle });
      });
    },
    running: () => busy.size,
    queued: () => line.length,
    async cut(traceHeader) {
      const found = [...busy].find(([, message]) => message.traceHeader === traceHeader);
      await found?.[0].kill();
    },
    async renew() {
      for (const environment of busy.keys()) stale.add(environment);
      await Promise.all(idle.splice(0).map((environment) => environment.close()));
    },
    async close() {
      closed = true;
      for (const { settle } of line.splice(0)) settle(CUT);
      await Promise.all([...idle.splice(0), ...busy.keys()].map((environment) => environment.close()));
    },
  };
}
