import { rm } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';

import { startCloud, type Cloud } from '../cloud.ts';
import { createOnFailureDelivery } from '../runner/on-failure.ts';
import { createRunner, type ReloadableRunner } from '../runner/runner.ts';
import { functionDefinitions, resolverOf, resourcesOf, workFolder } from './functions.ts';
import type { OfflineOptions } from './options.ts';
import { banner, findInbox, formatLogLine } from './terminal.ts';
import type { Log, Serverless } from './types.ts';

/** The local cloud of one run of the framework: the service's resources and functions behind one endpoint. */
export type LocalCloud = Readonly<{
  port: number;
  endpoint: string;
  /** For the person at the terminal. */
  banner(): string;
  /** The bundles have changed: new invocations run the new code. */
  reload(): Promise<void>;
  /** Ends everything, and takes this run's bundles away. */
  close(): Promise<void>;
}>;

export async function startLocalCloud(serverless: Serverless, options: OfflineOptions, log: Log): Promise<LocalCloud> {
  const aws = serverless.getProvider('aws');
  const region = aws.getRegion();
  let runner: ReloadableRunner | undefined;
  const cloud: Cloud = await startCloud({
    directory: resolvePath(serverless.serviceDir, options.stateDir),
    host: '127.0.0.1',
    port: options.port,
    stage: aws.getStage(),
    resources: resourcesOf(serverless),
    functions: [],
    faults: options.faults,
    fresh: options.fresh,
    // With --port 0 the endpoint is known only now, and queue URLs in the environment begin with it.
    createRunner: ({ endpoint, accountId }) => {
      const place = { endpoint, region, accountId };
      const created = createRunner({
        ...place,
        functions: functionDefinitions(serverless, endpoint),
        onFailure: createOnFailureDelivery(place, () => created),
        onLog: (line) => {
          const text = formatLogLine(line);
          if (text !== undefined) log.notice(text);
        },
        log: (line) => log.warning(line),
      });
      runner = created;
      return created;
    },
  });
  return {
    port: cloud.port,
    endpoint: cloud.endpoint,
    banner: () =>
      banner(
        { endpoint: cloud.endpoint, region, stateDir: options.stateDir },
        findInbox(resourcesOf(serverless), resolverOf(serverless, cloud.endpoint)),
      ),
    reload: async () => runner?.reload(functionDefinitions(serverless, cloud.endpoint)),
    async close() {
      await cloud.close();
      await rm(workFolder(serverless), { recursive: true, force: true });
    },
  };
}
