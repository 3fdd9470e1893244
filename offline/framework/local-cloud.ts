import { resolve as resolvePath } from 'node:path';

import { startCloud } from '../cloud.ts';
import { localRegion } from '../resources/physical-names.ts';
import { createOnFailureDelivery } from '../runner/on-failure.ts';
import { createRunner, type ReloadableRunner } from '../runner/runner.ts';
import { functionDefinitions, resolverOf, templateOf, type Bundles } from './functions.ts';
import type { OfflineOptions } from './options.ts';
import { scheduleDefinitions } from './schedules.ts';
import { stateMachineSchedules } from './state-machines.ts';
import { formatLogLine } from './log-lines.ts';
import { banner, findInbox } from './terminal.ts';
import type { LocalService, Log } from './types.ts';

/** The local cloud of one run of the framework: the service's resources and functions behind one endpoint. */
export type LocalCloud = Readonly<{
  port: number;
  endpoint: string;
  /** For the person at the terminal. */
  banner(): string;
  /** There are new bundles, or other ones than there were: new invocations run them. */
  reload(bundles: Bundles): Promise<void>;
  close(): Promise<void>;
}>;

/** What a run says, and what its functions are made of. */
export type Run = Readonly<{
  /** The folder of the service: where a relative state folder stands. */
  serviceDir: string;
  log: Pick<Log, 'notice' | 'warning'>;
  bundles: Bundles;
  /** The functions run from when it resolves, and until then invocations wait. */
  bundled?: Promise<unknown>;
}>;

/** Starts the cloud at once; its functions run once they are bundled. */
export async function startLocalCloud(service: LocalService, options: OfflineOptions, run: Run): Promise<LocalCloud> {
  const { port, stateDir, fresh, faults, pauseSchedules, timeScale } = options;
  const { serviceDir, log, bundles, bundled = Promise.resolve() } = run;
  const warn = (line: string): void => log.warning(line);
  const colours = process.stderr.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  let runner: ReloadableRunner | undefined;
  let closing = false;
  const cloud = await startCloud({
    ...templateOf(service),
    directory: resolvePath(serviceDir, stateDir),
    port,
    fresh,
    faults,
    schedules: [...scheduleDefinitions(service), ...stateMachineSchedules(service)],
    timeScale,
    schedulesPaused: pauseSchedules,
    log: warn,
    // With --port 0 the endpoint is known only now, and queue URLs in the environment begin with it.
    createRunner: (place) => {
      runner = createRunner({
        ...place,
        ready: bundled,
        functions: functionDefinitions(service, place.endpoint, bundles),
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
      const inbox = findInbox(service.resources, resolverOf(service, cloud.endpoint));
      return banner({ endpoint: cloud.endpoint, region: localRegion, stateDir }, inbox);
    },
    reload: async (built) => runner?.reload(functionDefinitions(service, cloud.endpoint, built)),
    close() {
      closing = true;
      return cloud.close();
    },
  };
}
