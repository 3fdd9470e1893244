import { localRegion } from '../resources/physical-names.ts';
import { resolveEnvironments } from './functions.ts';
import { DEFAULT_STATE_DIR, OptionError, parsePort } from './options.ts';
import { isLoopback, pointAtLocalCloud } from './shell.ts';
import type { Log, Serverless } from './types.ts';

const HEALTH_LIMIT_MS = 2000;
const NO_FAULTS = { lose: 0, double: 0, delayMs: 0, reorder: false, seed: 1 } as const;

/**
 * Prepares `sls invoke local --stage local`: the function speaks to the local cloud that runs, or, where none does, to
 * one that lasts as long as the invocation. Returns how to end that.
 */
export async function prepareInvokeLocal(serverless: Serverless, log: Log): Promise<() => Promise<void>> {
  const running = runningEndpoint(serverless);
  const own = (await isReady(running)) ? undefined : await startOwn(serverless, running, log);
  const endpoint = own?.endpoint ?? running;
  resolveEnvironments(serverless, endpoint);
  pointAtLocalCloud(process.env, { endpoint, region: localRegion });
  return async () => own?.close();
}

/** `--port`, else the shell's AWS_ENDPOINT_URL, else the default port. */
function runningEndpoint({ processedInput }: Serverless): string {
  const port = processedInput.options['port'];
  const shell = process.env['AWS_ENDPOINT_URL'];
  if (port !== undefined || shell === undefined) return `http://localhost:${parsePort(port)}`;
  if (isLoopback(shell)) return shell.replace(/\/$/, '');
  throw new OptionError(`AWS_ENDPOINT_URL is ${shell}: the stage local speaks to this machine alone. Unset it.`);
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_everyfile/health`, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    return response.status === 200;
  } catch {
    return false;
  }
}

async function startOwn(serverless: Serverless, running: string, log: Log) {
  log.notice(`No local cloud at ${running}: one starts for this invocation.`);
  const { startLocalCloud } = await import('./local-cloud.ts');
  const options = { port: 0, stateDir: DEFAULT_STATE_DIR, fresh: false, faults: NO_FAULTS };
  return startLocalCloud(serverless, options, log);
}
