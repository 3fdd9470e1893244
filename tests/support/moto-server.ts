import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';

/** A running `moto_server`, ended by `close` for sure. */
export type MotoServer = Readonly<{ endpoint: string; close(): Promise<void> }>;

/** Runs the server until its own standard input ends: that it does with this process, however this process ends. */
const untilInputEnds = '"$0" -H 127.0.0.1 -p "$1" & server=$!; cat > /dev/null; kill -9 "$server"';

/**
 * Starts Python's moto, an emulator of AWS by other people and so a second opinion, on a free port of the loopback
 * interface. It does not outlive this process.
 * @param program `moto_server`, as `findMoto` finds it
 */
export const startMotoServer = async (program: string): Promise<MotoServer> => {
  const port = String(await freePort());
  const child = spawn('sh', ['-c', untilInputEnds, program, port], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.stdin.end();
    await exited;
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const isUp = (): Promise<boolean> =>
    fetch(`${endpoint}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
  for (const endsAt = Date.now() + 60_000; !(await isUp());) {
    if (Date.now() > endsAt) {
      await close();
      throw new Error(`moto_server did not come up on port ${port} within a minute`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { endpoint, close };
};
