import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type OwnCloud } from '../../demo/cloud.ts';
import { listObjects } from '../../demo/collect-facts.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { quarantineKey } from '../../lib/domain/quarantine.ts';
import { finishFile } from '../../lib/usecases/finish-file.ts';
import { waitFor } from './support.ts';

const root = join(import.meta.dirname, '..', '..');
let cloud: OwnCloud;
let clients: Clients;
beforeAll(async () => {
  cloud = await startOwnCloud({ lose: 1 });
  clients = createClients(cloud.endpoint, 'test');
}, 130_000);
afterAll(async () => {
  clients.destroy();
  await cloud.stop();
});

/** Runs the operator's script as npm would. */
const replay = (...args: string[]) => {
  const port = new URL(cloud.endpoint).port;
  const command = [join(root, 'scripts', 'replay.ts'), '--stage', 'local', '--port', port, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
};

/** A file that was given up long ago: its event lost, its verdict recorded and carried out through the real adapters. */
const quarantined = async (key: string): Promise<FileVersion> => {
  const { ETag } = await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: key }));
  const file = createFileVersion({ bucket: names.inbox, key, eTag: ETag ?? '', size: Buffer.byteLength(key) });
  const ledger = createDynamoDbLedger(clients.dynamodb, { tableName: names.ledger, retentionDays: 400 });
  const now = Date.now() - 60_000;
  const mine = { file, owner: 'given-up', now };
  const bounds = { now, skewMs: 500, maxAttempts: 5 };
  await ledger.claim({ ...mine, via: 'event', leaseUntil: now + 5_000, bounds });
  const poisoned = await ledger.poison({ ...mine, lastError: 'PermanentError: the rule was wrong', outbox: [] });
  const objectStore = createS3ObjectStore(clients.s3, {
    inboxBucket: names.inbox,
    inboxPrefix: names.inboxPrefix,
    outputsBucket: names.outputs,
  });
  const finishing = {
    ledger,
    objectStore,
    notifier: { send: () => Promise.resolve() },
    clock: systemClock,
    settings: { archive: 'versions' as const, skewMs: 500 },
  };
  await finishFile(finishing, file, poisoned.item!, 'given-up');
  return file;
};

const statusOf = async ({ id }: FileVersion): Promise<string | undefined> => {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName: names.ledger, Key: { id: { S: id } }, ConsistentRead: true }),
  );
  return Item?.['status']?.S;
};

const changeFaults = (faults: object) =>
  fetch(`${cloud.endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify(faults) });

describe('npm run replay', () => {
  it('shows what it would do with --dry-run, then gives the file another life', async () => {
    const file = await quarantined('incoming/bad ü+.csv');
    const other = await quarantined('incoming/other.csv');
    const dry = replay('--dry-run', file.key);
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining(`would replay  ${file.id}`) });
    expect(dry.stdout).toContain('PermanentError: the rule was wrong');
    expect(await statusOf(file)).toBe('POISON');

    await changeFaults({ lose: 0 });
    expect(replay(file.id)).toMatchObject({ status: 0, stdout: expect.stringContaining(`replayed      ${file.id}`) });
    await waitFor('the replayed file to be done', async () => ((await statusOf(file)) === 'DONE' ? true : undefined));
    expect(await statusOf(other)).toBe('POISON');
    const kept = (await listObjects(clients, names.inbox, names.quarantinePrefix)).map(({ key }) => key);
    expect(kept).toContain(quarantineKey(file));

    // Named again it is refused; of all, it is only counted.
    expect(replay('--dry-run', file.id)).toMatchObject({ status: 1, stdout: expect.stringContaining('not-poison') });
    const all = replay('--dry-run', '--all');
    expect(all).toMatchObject({ status: 0, stdout: expect.stringContaining('1 more with a copy in quarantine') });
    expect(all.stdout).toContain(`would replay  ${other.id}`);
    expect(all.stdout).not.toContain(file.id);
  });

  it('goes on with the others when one cannot be replayed, and says which', async () => {
    await changeFaults({ lose: 1 });
    const files = [await quarantined('incoming/one'), await quarantined('incoming/two')];
    // More than the SDK asks again: the first copy fails, whichever file it is of.
    await changeFaults({
      lose: 0,
      throttle: { s3: { share: 1, times: 3, caller: 'replay', operation: 'CopyObject' } },
    });
    const { status, stdout } = replay(...files.map(({ id }) => id));
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: expect.stringMatching(/failed .*\n.*\n.*ServiceUnavailableError.*: replay it again\nreplayed /s),
    });
    expect(replay(...files.map(({ id }) => id)).stdout).toContain('replayed');
  });

  it('says what is not there, and what cannot be replayed, with exit code 1', async () => {
    expect(replay('incoming/never-was')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('incoming/never-was is not in quarantine'),
    });
  });

  it.each([
    [['--all', '--sideways'], /--sideways/],
    [[], /name the files by key or id/],
    [['--all', '--skew-ms', 'soon'], /--skew-ms is "soon"/],
  ])('refuses the options %j by name, with exit code 2', (options, message) => {
    const { status, stderr } = replay(...options);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('sends dead letters back to the work queue, and leaves what nobody can read', async () => {
    const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'everyfile-local-work-dlq' }));
    const key = 'incoming/dead letter';
    const record = {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: names.inbox }, object: { key: 'incoming/dead+letter', eTag: 'e', size: 1 } },
    };
    // What Lambda keeps of an asynchronous event that failed.
    const kept = { version: '1.0', requestPayload: { Records: [record] }, responsePayload: { errorType: 'X' } };
    for (const MessageBody of [JSON.stringify(kept), 'hello']) {
      await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    const shown = replay('--dlq', '--dry-run');
    expect(shown.stdout).toContain(`would send`);
    expect(shown.stdout).toContain('2 messages in everyfile-local-work-dlq, 1 unreadable');
    // What was shown can be sent at once.
    const { status, stdout } = replay('--dlq');
    expect(status).toBe(1);
    expect(stdout).toContain(`s3://${names.inbox}/${key}#e-1`);
    expect(stdout).toMatch(/unreadable {2}\S+ {2}the message is no JSON|unreadable {2}\S+ {2}Unexpected token/);
    expect(stdout).toContain('2 messages in everyfile-local-work-dlq, 1 unreadable');
  });
});
