import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const node = `${root}node_modules/.bin/node`;
const sls = `${root}node_modules/serverless/bin/serverless.js`;

/** A run of a script in a shell with nothing of AWS's set. */
export type Run = Readonly<{
  process: ChildProcess;
  output: () => string;
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | string>;
}>;

export const runSls = (home: string, ...args: string[]): Run => runScript(home, sls, ...args);

/** What `npm start -- …args` runs. */
export const runStart = (home: string, ...args: string[]): Run => runScript(home, `${root}scripts/start.ts`, ...args);

function runScript(home: string, script: string, ...args: string[]): Run {
  const environment = { PATH: process.env['PATH'], HOME: home };
  const child = spawn(node, [script, ...args], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { process: child, output: () => output, ended };
}

/** Waits for the banner and gives the endpoint in it. */
export async function endpointOf(run: Run): Promise<string> {
  let code: number | string | undefined;
  void run.ended.then((ended) => (code = ended));
  for (;;) {
    const endpoint = /^ {2}endpoint {2}(\S+)$/m.exec(run.output())?.[1];
    if (endpoint !== undefined && run.output().includes('Ctrl-C')) return endpoint;
    if (code !== undefined) throw new Error(`sls offline ended with ${code}:\n${run.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The processes that a run has started, as Linux tells: the bundler's, while it watches. */
export async function childrenOf({ process: { pid } }: Run): Promise<number[]> {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Whether there is such a process still. One that has ended and waits for its parent to take note of it is none. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}
