import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { localResources } from './local-cloud.ts';
import type { Resources } from '../../offline/contracts.ts';

/** A local cloud in a process of its own, to be killed. */
export type CloudProcess = Readonly<{
  endpoint: string;
  /** Kills it as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
}>;

/** Starts a local cloud on a free port in a process of its own. */
export const startCloudProcess = async (
  directory: string,
  resources: Resources = localResources,
): Promise<CloudProcess> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify({ directory, resources })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [endpoint] = (await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => Promise.reject(new Error(`The cloud ended with ${String(code)} before it was up.`))),
  ])) as [string];
  return {
    endpoint,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { startCloud } = await import('../../offline/cloud.ts');
  const options = JSON.parse(process.argv[2] ?? '{}') as { directory: string; resources: Resources; port?: number };
  const cloud = await startCloud({ port: 0, ...options, stage: 'local', functions: [] });
  process.stdout.write(`${cloud.endpoint}\n`);
}
