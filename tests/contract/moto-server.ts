import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Whether Python's moto is on the path: an emulator of AWS by other people, a second opinion. */
export const isMotoInstalled = (): boolean => spawnSync('moto_server', ['--help']).status === 0;

/** A running `moto_server`, ended by `close` for sure. */
export type MotoServer = Readonly<{ endpoint: string; close(): Promise<void> }>;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Starts it on a free port of the loopback interface; it must not outlive this process. */
export const startMotoServer = async (): Promise<MotoServer> => {
  const port = String(await freePort());
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', port], { stdio: 'ignore', detached: true });
  const exited = once(child, 'exit');
  // The launcher may be a shell that starts Python: the whole group is ended.
  const kill = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  process.once('exit', kill);
  const endpoint = `http://127.0.0.1:${port}`;
  const isUp = (): Promise<boolean> =>
    fetch(`${endpoint}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
  for (const endsAt = Date.now() + 60_000; !(await isUp());) {
    if (child.exitCode !== null || Date.now() > endsAt) {
      kill();
      throw new Error(`moto_server did not come up on port ${port} (exit code ${String(child.exitCode)})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    endpoint,
    async close() {
      kill();
      await exited;
      process.removeListener('exit', kill);
    },
  };
};
