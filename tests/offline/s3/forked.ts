import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export type ForkedS3 = Readonly<{
  child: ChildProcess;
  port: number;
  peakBytes(): Promise<number>;
  kill(): Promise<void>;
}>;

/** Starts `server-process.ts` on a folder and waits until it serves. */
export const forkS3 = async (directory: string): Promise<ForkedS3> => {
  const path = new URL('./server-process.ts', import.meta.url).pathname;
  const child = fork(path, [directory], { execArgv: ['--no-warnings'] });
  const message = async () => {
    const [value] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The S3 process ended before it answered.'))),
    ])) as [{ port: number; peakBytes: number }];
    return value;
  };
  const { port } = await message();
  return {
    child,
    port,
    async peakBytes() {
      const answer = message();
      child.send('peak');
      return (await answer).peakBytes;
    },
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
};
