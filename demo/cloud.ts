import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pointAtLocalCloud } from '../offline/framework/shell.ts';
import { readHealth } from './control.ts';

/** Which faults a cloud of one's own makes. */
export type CloudOptions = Readonly<{
  double?: number;
  lose?: number;
  /** Longest delay of an S3 event, with its unit. */
  delay?: string;
  reorder?: boolean;
  seed?: number;
  /** Lets the sweeper and the relay run by themselves; else nothing runs but what an event or a caller starts. */
  schedules?: boolean;
  /** How many times shorter than on AWS state machines and export tasks wait. */
  timeScale?: number;
  /** Stage parameters, each a `--param`. */
  params?: Readonly<Record<string, string | number>>;
  /** Keeps the state folder when the cloud has ended. */
  keep?: boolean;
  /** A state folder to start on, and to keep: a cloud that was killed is started again on the same one. */
  stateDir?: string;
  /** Where the service stands: this project, or a copy of it that may be changed. */
  serviceFolder?: string;
  signal?: AbortSignal;
}>;

/** A local cloud in a process of its own. */
export type OwnCloud = Readonly<{
  endpoint: string;
  stateDir: string;
  /** Rejects when the cloud ends before it is told to. */
  died: Promise<never>;
  /** Everything that it has printed so far. */
  output(): string;
  /** Ends it, and removes its state unless that is to be kept. Safe to call again. */
  stop(): Promise<void>;
  /** Kills it as `kill -9` does, and waits until it is gone. Its state stays. */
  kill(): Promise<void>;
}>;

/** The local cloud could not be started, or ended by itself; the message ends with what it printed. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
}

const projectFolder = join(import.meta.dirname, '..');
/** The framework is more than a thousand files: from the second start on, they are not compiled again. */
const compileCache = join(projectFolder, 'node_modules', '.cache', 'compile');
const readyLimitMs = 120_000;
const endLimitMs = 10_000;
const shownOutput = 4_000;
let started = 0;

/**
 * Starts `sls offline` as a person would, on a free port with a state folder of its own.
 *
 * @throws {CloudError} when it ends, or does not become ready
 */
export const startOwnCloud = async (options: CloudOptions = {}): Promise<OwnCloud> => {
  const { serviceFolder = projectFolder } = options;
  const ownStateDir = join(projectFolder, '.everyfile', `demo-${process.pid}-${(started += 1)}`);
  const stateDir = options.stateDir ?? ownStateDir;
  const child = spawn(process.execPath, childArguments(stateDir, options), {
    cwd: serviceFolder,
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = gather(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  let stopping: Promise<void> | undefined;
  const died = ended.then((how): never => {
    throw new CloudError(`The local cloud has ended (${how}). It printed:\n${tail(output())}`);
  });
  // Whoever waits for it sees it; nobody has to.
  died.catch(() => undefined);

  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    const cut = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
    await ended;
    clearTimeout(cut);
    if (options.keep !== true) await rm(ownStateDir, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => (stopping ??= end());
  // The process is the whole cloud: functions are threads of it, and the bundler beside it ends when its input does.
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };

  try {
    const ready = untilReady(child, output, options.signal);
    return { endpoint: await Promise.race([ready, died]), stateDir, died, output, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
};

const childArguments = (
  stateDir: string,
  {
    double = 0,
    lose = 0,
    delay = '0ms',
    reorder = false,
    seed = 1,
    schedules = false,
    timeScale,
    params = {},
  }: CloudOptions,
): readonly string[] => [
  createRequire(import.meta.url).resolve('serverless/bin/serverless.js'),
  ...['offline', '--stage', 'local', '--port', '0', '--stateDir', stateDir],
  ...['--double', String(double), '--lose', String(lose), '--seed', String(seed)],
  ...['--delay', delay],
  ...(reorder ? ['--reorder'] : []),
  ...(timeScale === undefined ? [] : ['--timeScale', String(timeScale)]),
  ...(schedules ? [] : ['--pauseSchedules']),
  ...Object.entries(params).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
];

/** Nothing of the developer's own AWS settings, and no colours: what is printed is kept as text. */
const childEnvironment = (): NodeJS.ProcessEnv => {
  const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: compileCache };
  delete environment['FORCE_COLOR'];
  // What a test runner tells its own Node is not meant for this one.
  delete environment['NODE_OPTIONS'];
  pointAtLocalCloud(environment, { endpoint: 'http://localhost:4566', region: 'us-east-1', caller: 'demo' });
  return environment;
};

const gather = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text = keep(text + chunk)));
  }
  return () => text;
};

/** The beginning says where the cloud is, the end says what went wrong. */
const keep = (text: string): string =>
  text.length < 1_000_000 ? text : `${text.slice(0, 10_000)}\n…\n${text.slice(-500_000)}`;

/** The last lines of a long text: what a person looks at first. */
export const tail = (text: string): string => (text.length <= shownOutput ? text : `…${text.slice(-shownOutput)}`);

/** The banner names the port that was free; the health route says that it is this very process. */
const untilReady = async (child: ChildProcess, output: () => string, signal?: AbortSignal): Promise<string> => {
  const giveUpAt = Date.now() + readyLimitMs;
  while (Date.now() < giveUpAt) {
    signal?.throwIfAborted();
    const endpoint = /endpoint\s+(http:\/\/localhost:\d+)/.exec(output())?.[1];
    const health = endpoint === undefined ? undefined : await readHealth(endpoint);
    if (endpoint !== undefined && health?.ready === true && health.pid === child.pid) return endpoint;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new CloudError(`The local cloud is not ready after ${readyLimitMs / 1000} s. It printed:\n${tail(output())}`);
};
