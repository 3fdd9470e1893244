import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The exit code, and what the CLI said: its answer, or its complaint. */
export type Ran = Readonly<{ code: number; output: string }>;

/**
 * The AWS CLI at an endpoint, in a shell of its own, where only what a reader of our banner is told to set is set. A call
 * that fails is not made again.
 * @param aws as `findAwsCli` finds it
 * @param home where it finds no settings of the developer's
 */
export const createAwsCli = (aws: string, endpoint: string, home: string) => {
  const run = async (...args: readonly string[]): Promise<Ran> => {
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      AWS_ACCESS_KEY_ID: 'cli',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_PAGER: '',
      AWS_MAX_ATTEMPTS: '1',
    };
    const all = ['--endpoint-url', endpoint, '--region', 'us-east-1', '--output', 'json', ...args];
    try {
      const { stdout } = await promisify(execFile)(aws, all, { env, maxBuffer: 1 << 26 });
      return { code: 0, output: stdout };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, output: stderr };
    }
  };
  return {
    run,
    /** The answer of a call that must succeed; `undefined` where it has none. */
    async json(...args: readonly string[]): Promise<unknown> {
      const { code, output } = await run(...args);
      if (code !== 0) throw new Error(output);
      return output === '' ? undefined : JSON.parse(output);
    },
  };
};
