import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs a script with boto3 and reads the JSON that it prints. Its shell has what points `boto3.client(service)` at the
 * endpoint, and nothing else of AWS's; a call that fails is not made again.
 * @param python as `findPython` finds it
 * @throws with what the script wrote to its standard error, where it fails
 */
export const runPython = async (python: string, endpoint: string, ...args: readonly string[]): Promise<unknown> => {
  const env = {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'boto3',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_MAX_ATTEMPTS: '1',
  };
  const { stdout } = await promisify(execFile)(python, args, { env, maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
};
