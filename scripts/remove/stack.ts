import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** Whether CloudFormation has the stack. It knows no error of its own for one that is not there. */
export const stackExists = async (stack: string): Promise<boolean> => {
  try {
    await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stack }));
    return true;
  } catch (error) {
    if (Error.isError(error) && error.name === 'ValidationError' && error.message.includes('does not exist'))
      return false;
    throw error;
  }
};

/** `sls remove` has failed; it has said itself why. */
class RemoveStackError extends Error {
  override readonly name = 'RemoveStackError';
}

/** Runs `sls remove` for the stage in the Region of this process; what it prints goes to standard error. */
export const removeStack = async (stage: string, parameters: readonly string[]): Promise<void> => {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const options = parameters.flatMap((parameter) => ['--param', parameter]);
  const child = spawn(process.execPath, [serverless, 'remove', '--stage', stage, ...options], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0)
    throw new RemoveStackError(`sls remove ended with ${code === null ? 'a signal' : `exit code ${String(code)}`}`);
};
