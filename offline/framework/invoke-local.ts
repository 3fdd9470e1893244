import { localRegion } from '../resources/physical-names.ts';
import { bundlesOf, resolveEnvironments } from './functions.ts';
import { localServiceOf } from './local-service.ts';
import { OptionError, parseOfflineOptions } from './options.ts';
import { isLoopback, pointAtLocalCloud } from './shell.ts';
import type { Log, Serverless } from './types.ts';

const HEALTH_LIMIT_MS = 2000;

/**
 * Prepares `sls invoke local --stage local`: the function speaks to the local cloud that runs, or, where none does, to
 * one that lasts as long as the invocation. Returns how to end that.
 */
export async function prepareInvokeLocal(serverless: Serverless, log: Log): Promise<() => Promise<void>> {
  const running = await findRunning(serverless);
  const own = running === undefined ? await startOwn(serverless, log) : undefined;
  const endpoint = running ?? own?.endpoint ?? '';
  resolveEnvironments(serverless, endpoint);
  pointAtLocalCloud(process.env, { endpoint, region: localRegion, caller: callerOf(serverless) });
  return async () => own?.close();
}

/** By `--port`, else by the shell's AWS_ENDPOINT_URL, else at the default port; `--port 0` looks for none. */
async function findRunning({ processedInput }: Serverless): Promise<string | undefined> {
  const { options } = processedInput;
  const shell = process.env['AWS_ENDPOINT_URL'];
  const { port } = parseOfflineOptions(options);
  if (port === 0) return undefined;
  const byPort = options['port'] !== undefined;
  if (!byPort && shell !== undefined && !isLoopback(shell)) {
    throw new OptionError(`AWS_ENDPOINT_URL is ${shell}: the stage local speaks to this machine alone. Unset it.`);
  }
  const endpoint = (byPort ? undefined : shell?.replace(/\/$/, '')) ?? `http://localhost:${port}`;
  if (await isReady(endpoint)) return endpoint;
  if (byPort) throw new OptionError(`No local cloud answers at ${endpoint}: start one there with --port ${port}.`);
  return undefined;
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_everyfile/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    return response.status === 200;
  } catch {
    return false;
  }
}

async function startOwn(serverless: Serverless, log: Log) {
  log.notice('No local cloud is running: one starts for this invocation.');
  const { startLocalCloud } = await import('./local-cloud.ts');
  try {
    return await startLocalCloud(
      localServiceOf(serverless),
      { ...parseOfflineOptions(serverless.processedInput.options), port: 0, pauseSchedules: true },
      { serviceDir: serverless.serviceDir, log, bundles: bundlesOf(serverless) },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StateFolderInUseError') throw error;
    throw new OptionError('A local cloud runs at another port than the default one: say which with --port.');
  }
}

/** The function's own name stands in the request log, as when the runner runs it. */
function callerOf({ processedInput }: Serverless): string {
  const { function: functionKey } = processedInput.options;
  return typeof functionKey === 'string' ? functionKey : 'local';
}
