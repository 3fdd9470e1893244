import type { Service } from '../contracts.ts';
import type { Fields } from '../endpoint/json-input.ts';
import { createJsonService } from '../endpoint/json-service.ts';
import type { LogLine } from '../runner/runner.ts';
import { createDestinations } from './exports/destination.ts';
import { createExportTasks, type After } from './exports/export-tasks.ts';
import { createPace, type ExportPace } from './exports/pace.ts';
import { createFunctionLogs } from './function-logs.ts';
import { exportOperations } from './operations/export-tasks.ts';
import { filterLogEvents } from './operations/filter-events.ts';
import { getLogEvents } from './operations/get-events.ts';
import { groupOperations } from './operations/groups.ts';
import { putLogEvents } from './operations/put-events.ts';
import { streamOperations } from './operations/streams.ts';
import { openLogStore } from './store/store.ts';

/** A batch holds 1 MiB; escaped in JSON it may be six times as long. */
const maximumRequestBytes = 8 * 1024 * 1024;

/** The local CloudWatch Logs: a service, and what the cloud itself keeps in it. */
export type LocalLogs = Service &
  Readonly<{
    /** Creates the group if it is absent, and gives it the retention. */
    createGroup(name: string, retentionDays: number | undefined): void;
    /** Keeps a line that a function said. */
    keep(line: LogLine): void;
    exportPace: ExportPace;
    /** Ends what makes requests, before the endpoint closes; the active export task goes on at the next start. */
    stop(): Promise<void>;
    /** Goes on with the export task that was active when the cloud ended. To be called once S3 answers. */
    resume(): void;
  }>;

export type LocalLogsOptions = Readonly<{
  directory: string;
  endpoint: string;
  region: string;
  /** The waits of export tasks are this many times shorter than AWS's. */
  timeScale: number;
  now: () => Date;
  log: (line: string) => void;
  after?: After;
}>;

const afterTimer: After = (delayMs, work) => {
  const timer = setTimeout(work, delayMs);
  return () => clearTimeout(timer);
};

/** The group, or for a task its id, that a request is about. */
export const resourceOf = (input: Fields): string => {
  const resource = input['logGroupName'] ?? input['logGroupIdentifier'] ?? input['resourceArn'] ?? input['taskId'];
  return typeof resource === 'string' ? resource : '';
};

/** Opens the log groups and export tasks that are kept under `directory`. */
export const createLogs = (options: LocalLogsOptions): LocalLogs => {
  const { directory, now, log, after = afterTimer } = options;
  const store = openLogStore(directory);
  const destinations = createDestinations({ endpoint: options.endpoint, region: options.region });
  const exportTasks = createExportTasks({ store, destinations, now, after, log });
  const exportPace = createPace(options.timeScale);
  const functionLogs = createFunctionLogs({ store, now });
  const context = { store, now, destinations, exportTasks, pace: exportPace };

  const service = createJsonService({
    service: 'logs',
    contentType: 'application/x-amz-json-1.1',
    maximumRequestBytes,
    resourceOf,
    operations: {
      ...groupOperations(context),
      ...streamOperations(context),
      PutLogEvents: (input) => putLogEvents(context, input),
      GetLogEvents: (input) => getLogEvents(context, input),
      FilterLogEvents: (input) => filterLogEvents(context, input),
      ...exportOperations(context),
    },
    close() {
      functionLogs.close();
      destinations.close();
      store.close();
      return Promise.resolve();
    },
  });

  return {
    ...service,
    createGroup(name, retentionDays) {
      if (!store.groups.find(name)) store.groups.create(name, now().getTime());
      store.groups.setRetention(name, retentionDays);
    },
    keep: (line) => functionLogs.add(line),
    exportPace,
    stop: () => exportTasks.close(),
    resume: () => exportTasks.advance(),
  };
};
