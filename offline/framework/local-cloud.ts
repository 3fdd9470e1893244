import { resolve as resolvePath } from 'node:path';

import { startCloud } from '../cloud.ts';
import { localRegion } from '../resources/physical-names.ts';
import { createOnFailureDelivery } from '../runner/on-failure.ts';
import { createRunner, type ReloadableRunner } from '../runner/runner.ts';
import { functionDefinitions, resolverOf, resourcesOf, templateOf } from './functions.ts';
import type { OfflineOptions } from './options.ts';
import { scheduleDefinitions } from './schedules.ts';
import { stateMachineSchedules } from './state-machines.ts';
import { formatLogLine } from './log-lines.ts';
import { banner, findInbox } from './terminal.ts';
import type { Log, Serverless } from './types.ts';

/** The local cloud of one run of the framework: the service's resources and functions behind one endpoint. */
export type LocalCloud = Readonly<{
  port: number;
  endpoint: string;
  /** For the person at the terminal. */
  banner(): string;
  /** The bundles have changed: new invocations run the new code. */
  reload(): Promise<void>;
  close(): Promise<void>;
}>;

/** Starts the cloud at once; its functions run from when `bundled` resolves, and until then invocations wait. */
export async function startLocalCloud(
  serverless: Serverless,
  options: OfflineOptions,
  log: Log,
  bundled: Promise<unknown> = Promise.resolve(),
): Promise<LocalCloud> {
  const { port, stateDir, fresh, faults, pauseSchedules, timeScale } = options;
  const warn = (line: string): void => log.warning(line);
  const colours = process.stderr.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  let runner: ReloadableRunner | undefined;
  let closing = false;
  const cloud = await startCloud({
    ...templateOf(serverless),
    directory: resolvePath(serverless.serviceDir, stateDir),
    port,
    fresh,
    faults,
    schedules: [...scheduleDefinitions(serverless), ...stateMachineSchedules(serverless)],
    timeScale,
    schedulesPaused: pauseSchedules,
    log: warn,
    // With --port 0 the endpoint is known only now, and queue URLs in the environment begin with it.
    createRunner: (place) => {
      runner = createRunner({
        ...place,
        ready: bundled,
        functions: functionDefinitions(serverless, place.endpoint),
        onFailure: createOnFailureDelivery(place, () => cloud.runner),
        onLog: (line) => {
          // What is cut off by the end of the cloud says so; nobody needs to hear that.
          const text = closing ? undefined : formatLogLine(line, colours);
          if (text !== undefined) log.notice(text);
        },
        log: warn,
      });
      return runner;
    },
  });
  return {
    port: cloud.port,
    endpoint: cloud.endpoint,
    banner() {
      const inbox = findInbox(resourcesOf(serverless), resolverOf(serverless, cloud.endpoint));
      return banner({ endpoint: cloud.endpoint, region: localRegion, stateDir }, inbox);
    },
    reload: async () => runner?.reload(functionDefinitions(serverless, cloud.endpoint)),
    close() {
      closing = true;
      return cloud.close();
    },
  };
}
