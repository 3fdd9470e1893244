import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type OwnCloud } from '../../demo/cloud.ts';
import { readRequests, readStatus } from '../../demo/control.ts';
import { isIdle } from '../../demo/wait-until-quiet.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';
import { waitFor } from './support.ts';

let cloud: OwnCloud;
let clients: Clients;

beforeAll(async () => {
  cloud = await startOwnCloud();
  clients = createClients(cloud.endpoint, 'tester');
}, 120_000);

afterAll(async () => {
  clients.destroy();
  await cloud.stop();
});

/** Puts a file and returns what the processor asked of the endpoint until all was quiet again. */
const callsFor = async (key: string, body: string, isLast: (call: RequestLogEntry) => boolean) => {
  const { next } = await readRequests(cloud.endpoint);
  await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: body }));
  return waitFor(`the last call about ${key}`, async () => {
    const idle = isIdle(await readStatus(cloud.endpoint));
    const { entries } = await readRequests(cloud.endpoint, next);
    const calls = entries.filter(({ accessKeyId }) => accessKeyId === 'processor');
    return idle && calls.some(isLast) ? calls.map(shown) : undefined;
  });
};

const isDelete = ({ operation }: RequestLogEntry): boolean => operation === 'DeleteObject';

/** A call as these tests speak of it; a ledger write with the status that it sets. */
const shown = ({ operation, status, errorCode, detail }: RequestLogEntry): string =>
  [operation, detail?.['set.status'], errorCode, errorCode === undefined ? undefined : status]
    .filter((word) => word !== undefined)
    .join(' ');

describe('the requests that reach the endpoint', () => {
  it('are two ledger writes and no read for a file on the happy path', async () => {
    expect(await callsFor('incoming/happy.txt', 'happy', isDelete)).toEqual([
      'UpdateItem PROCESSING',
      'GetObject',
      'UpdateItem DONE',
      'DeleteObject',
    ]);
  });

  it('are one ledger write more for a file with a notice', async () => {
    expect(await callsFor('incoming/announced/notice.txt', 'notice', isDelete)).toEqual([
      'UpdateItem PROCESSING',
      'GetObject',
      'UpdateItem DONE',
      'Publish',
      'UpdateItem',
      'DeleteObject',
    ]);
  });

  it('are no ledger call more for a file with an output', async () => {
    const calls = await callsFor('incoming/digested/output.txt', 'output', isDelete);
    expect(calls.filter((call) => call.startsWith('UpdateItem'))).toEqual(['UpdateItem PROCESSING', 'UpdateItem DONE']);
    expect(calls).toContain('PutObject');
  });

  it('are one ledger call for a duplicate, and the delete that takes it out', async () => {
    await callsFor('incoming/twice.txt', 'twice', isDelete);
    expect(await callsFor('incoming/twice.txt', 'twice', isDelete)).toEqual([
      'UpdateItem PROCESSING ConditionalCheckFailedException 400',
      'DeleteObject',
    ]);
  });
});

/** What CloudWatch Logs bills of a line on top of its text, in bytes. */
const bytesOfEvent = 26;

describe('the log', () => {
  it('is about a kilobyte a file, and a third of one for the line that metrics are made of', async () => {
    const logs = new CloudWatchLogsClient({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'tester', secretAccessKey: 'local' },
    });
    const startTime = Date.now();
    const files = 10;
    for (let n = 0; n < files; n += 1) await callsFor(`incoming/logged-${n}.txt`, `log ${n}`, isDelete);
    const lines = await waitFor('what the functions have printed', async () => {
      const read: string[] = [];
      const group = { logGroupName: '/aws/lambda/everyfile-local-processor', startTime };
      for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, group)) {
        read.push(...events.map(({ message = '' }) => message));
      }
      return read.filter((line) => line.startsWith('REPORT')).length === files ? read : undefined;
    });
    logs.destroy();
    const bytesOf = (chosen: readonly string[]): number =>
      chosen.reduce((sum, line) => sum + Buffer.byteLength(line) + bytesOfEvent, 0) / files;
    const metrics = lines.filter((line) => line.startsWith('{"_aws"'));
    expect(metrics).toHaveLength(files);
    expect(bytesOf(metrics)).toBeLessThan(350);
    expect(bytesOf(lines) - bytesOf(metrics)).toBeLessThan(1_100);
  });
});
