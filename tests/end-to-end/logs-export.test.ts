import {
  CancelExportTaskCommand,
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DeleteBucketPolicyCommand, GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOwnCloud, type OwnCloud } from '../../demo/cloud.ts';
import { readRequests } from '../../demo/control.ts';
import { createLogsClients, logsNames, type LogsClients } from '../../demo/logs/clients.ts';
import { compare } from '../../demo/logs/compare.ts';
import { followExecution, startExport, type EndedExecution } from '../../demo/logs/execution.ts';
import { readExports, readManifests } from '../../demo/logs/read-exports.ts';
import { eventsOf, putEvents, type SeededEvent } from '../../demo/logs/seed.ts';
import { closedMonths, type Month } from '../../lib/domain/month.ts';
import { findPython } from '../support/find-tools.ts';
import { runPython } from '../support/run-python.ts';
import { setPace } from '../offline/logs/support.ts';

const root = join(import.meta.dirname, '..', '..');
const limitMs = 180_000;

/** So many times shorter than on AWS are waits and tasks here; a minute is a tenth of a second. */
const timeScale = 600;

type ExportCloud = Readonly<{
  cloud: OwnCloud;
  clients: LogsClients;
  /** Makes a group with a few events in each closed month, its first and its last millisecond among them. */
  seed(group: string): Promise<readonly SeededEvent[]>;
  run(): Promise<EndedExecution>;
  /** The names of all tasks that wrote for a group, by month. */
  tasksOf(group: string): Promise<readonly string[]>;
  close(): Promise<void>;
}>;

const startExportCloud = async (monthsBack: number): Promise<ExportCloud> => {
  const exportDays = Math.max(400, 31 * (monthsBack + 1));
  const cloud = await startOwnCloud({ timeScale, params: { logGroups: '/test/*', monthsBack, exportDays } });
  const clients = createLogsClients(cloud.endpoint, 'test');
  await setPace(cloud.endpoint, { pendingMs: 10, runningMs: 20 });
  return {
    cloud,
    clients,
    seed: async (group) => {
      const events = closedMonths(Date.now(), monthsBack).flatMap((month) => eventsOf(group, month, 5, 'test'));
      await putEvents(clients.logs, group, events);
      return events;
    },
    run: async () => followExecution(clients.states, await startExport(clients.states)),
    tasksOf: async (group) => {
      const { exportTasks = [] } = await clients.logs.send(new DescribeExportTasksCommand({ limit: 50 }));
      return exportTasks.filter(({ logGroupName }) => logGroupName === group).map(({ taskName = '' }) => taskName);
    },
    close: async () => {
      clients.destroy();
      await cloud.stop();
    },
  };
};

/** What stands in the bucket of these events. */
const found = async ({ s3 }: LogsClients, events: readonly SeededEvent[]) => {
  const groups = new Set(events.map(({ group }) => group));
  const lines = await readExports(s3);
  return compare(
    events,
    lines.filter(({ group }) => groups.has(group)),
  );
};
const whole = (events: readonly SeededEvent[]) => ({
  exported: events.length,
  missing: [],
  doubled: [],
  misplaced: [],
});
const nothingToDo = ['BucketCheck', 'ResultCheck', 'EndStep'];

/** How many closed months there are up to the last February with 29 days. */
const monthsSinceLeapFebruary = (): number => {
  let count = 1;
  const oldest = (): Month => closedMonths(Date.now(), count)[0] ?? '';
  const isLeapFebruary = (month: Month): boolean =>
    month.endsWith('-02') && new Date(Date.UTC(Number(month.slice(0, 4)), 1, 29)).getUTCMonth() === 1;
  while (!isLeapFebruary(oldest())) count += 1;
  return count;
};

describe('the logs export, over years', () => {
  let exports: ExportCloud;
  beforeAll(async () => {
    exports = await startExportCloud(monthsSinceLeapFebruary());
  }, limitMs);
  afterAll(() => exports.close());

  it(
    'exports every event once, in its month, a leap February and the edges of years included; then it finds nothing to do',
    async () => {
      const events = await exports.seed('/test/years');
      const at = new Set(events.map((event) => new Date(event.at).toISOString().slice(4)));
      // The test would be none without these.
      for (const edge of ['-02-29T23:59:59.999Z', '-12-31T23:59:59.999Z', '-01-01T00:00:00.000Z']) {
        expect(at).toContain(edge);
      }
      const first = await exports.run();
      expect([first.status, first.said]).toEqual(['SUCCEEDED', expect.stringContaining('"state":"fin"')]);
      expect(await found(exports.clients, events)).toEqual(whole(events));

      const { next } = await readRequests(exports.cloud.endpoint);
      const second = await exports.run();
      expect([second.status, second.states]).toEqual(['SUCCEEDED', nothingToDo]);
      const { entries } = await readRequests(exports.cloud.endpoint, next);
      expect(entries.map(({ operation }) => operation)).not.toContain('CreateExportTask');
      expect(entries.filter(({ operation }) => operation === 'PutObject')).toEqual([]);
    },
    limitMs,
  );
});

describe('the logs export', () => {
  let exports: ExportCloud;
  beforeAll(async () => {
    exports = await startExportCloud(2);
  }, limitMs);
  afterAll(() => exports.close());

  it(
    'waits while another team’s task holds the slot for ten minutes, and spends no attempt',
    async () => {
      const events = await exports.seed('/test/patient');
      // Longer than anything here takes; it is cancelled when ten minutes, scaled, have been waited.
      await setPace(exports.cloud.endpoint, { runningMs: 10 * 60_000 });
      const { logs, states } = exports.clients;
      const { taskId } = await logs.send(
        new CreateExportTaskCommand({
          taskName: 'another team',
          logGroupName: '/test/patient',
          from: events[0]?.at,
          to: events.at(-1)?.at,
          destination: logsNames.bucket,
          destinationPrefix: 'logs/another-team',
        }),
      );
      await setPace(exports.cloud.endpoint, { runningMs: 20 });
      let waitedSeconds = 0;
      const execution = await followExecution(states, await startExport(states), ({ name, input }) => {
        if (name !== 'WaitForSlot') return;
        waitedSeconds += Number(input['waitSeconds']);
        if (waitedSeconds === 10 * 60) void logs.send(new CancelExportTaskCommand({ taskId }));
      });
      expect(waitedSeconds).toBeGreaterThan(10 * 60);
      expect([execution.status, execution.states.slice(0, 12)]).toEqual([
        'SUCCEEDED',
        Array<string[]>(4).fill(['BucketCheck', 'ResultCheck', 'WaitForSlot']).flat(),
      ]);
      expect(await found(exports.clients, events)).toEqual(whole(events));
      const ours = (await exports.tasksOf('/test/patient')).filter((name) => name !== 'another team');
      expect(ours).toHaveLength(2);
      expect(ours.every((name) => name.endsWith('-all-1'))).toBe(true);
      const { exportTasks } = await logs.send(new DescribeExportTasksCommand({ taskId }));
      expect(exportTasks?.[0]?.status?.code).toBe('CANCELLED');
    },
    limitMs,
  );

  it(
    'exports no month twice when two executions run at once',
    async () => {
      const events = await exports.seed('/test/twice');
      const both = await Promise.all([exports.run(), exports.run()]);
      expect(both.map(({ status, said }) => [status, said])).toEqual([
        ['SUCCEEDED', expect.stringContaining('"state":"fin"')],
        ['SUCCEEDED', expect.stringContaining('"state":"fin"')],
      ]);
      expect(await found(exports.clients, events)).toEqual(whole(events));
    },
    limitMs,
  );

  it(
    'goes on where an execution was stopped',
    async () => {
      const events = await exports.seed('/test/stopped');
      const { states } = exports.clients;
      const stopped = await startExport(states);
      const execution = await followExecution(states, stopped, ({ name }) => {
        if (name === 'WaitForSlot') void states.send(new StopExecutionCommand({ executionArn: stopped }));
      });
      expect(execution.status).toBe('ABORTED');
      expect((await exports.run()).status).toBe('SUCCEEDED');
      expect(await found(exports.clients, events)).toEqual(whole(events));
      const names = await exports.tasksOf('/test/stopped');
      expect(new Set(names).size).toBe(names.length);
    },
    limitMs,
  );

  it(
    'says what to do where the bucket’s policy is missing, and exports once it is there again',
    async () => {
      const events = await exports.seed('/test/refused');
      const { s3 } = exports.clients;
      const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: logsNames.bucket }));
      await s3.send(new DeleteBucketPolicyCommand({ Bucket: logsNames.bucket }));
      const refused = await exports.run();
      expect(refused.status).toBe('FAILED');
      expect(refused.said).toMatch(/^ExportRefusedError .*Deploy the stack again/);
      await s3.send(new PutBucketPolicyCommand({ Bucket: logsNames.bucket, Policy }));
      expect((await exports.run()).status).toBe('SUCCEEDED');
      expect(await found(exports.clients, events)).toEqual(whole(events));
    },
    limitMs,
  );

  it(
    'tells a group without logs from one whose logs are exported',
    async () => {
      await putEvents(exports.clients.logs, '/test/silent', []);
      expect((await exports.run()).status).toBe('SUCCEEDED');
      const manifests = (await readManifests(exports.clients.s3)).filter(({ group }) => group === '/test/silent');
      expect(manifests.map(({ state, objects }) => [state, objects])).toEqual([
        ['no logs in range', 0],
        ['no logs in range', 0],
      ]);
    },
    limitMs,
  );

  const python = findPython();
  if (python === undefined) console.warn('boto3 is not installed: its run of the logs export is skipped.');
  (python === undefined ? it.skip : it)(
    'can be started, followed and read back with boto3',
    async () => {
      const events = await exports.seed('/test/boto3');
      const script = join(import.meta.dirname, 'boto3_export.py');
      const said = (await runPython(python ?? '', exports.cloud.endpoint, script, '/test/boto3')) as Record<
        'first' | 'second',
        { status: string; entered: string[] }
      > & {
        exported: Record<Month, string[]>;
      };
      expect([said.first.status, said.second]).toEqual(['SUCCEEDED', { status: 'SUCCEEDED', entered: nothingToDo }]);
      const expected = Map.groupBy(events, ({ month }) => month);
      expect(said.exported).toEqual(
        Object.fromEntries(
          [...expected].map(([month, put]) => [
            month,
            put.map(({ at, message }) => `${new Date(at).toISOString()} ${message}`).toSorted(),
          ]),
        ),
      );
    },
    limitMs,
  );
});

it(
  'npm run demo:logs shows a first run that exports three months and a second that finds nothing to do',
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'demo', 'logs', 'main.ts'), '--json', '--events', '10'],
      // What Jest tells its own Node is not meant for this one.
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      seeded: 60,
      comparison: { exported: 60, missing: [], doubled: [], misplaced: [] },
      first: { status: 'SUCCEEDED' },
      second: { status: 'SUCCEEDED', states: nothingToDo },
      addedBySecond: 0,
      whole: true,
    });
  },
  limitMs,
);
