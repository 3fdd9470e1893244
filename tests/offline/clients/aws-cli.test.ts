import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { localNames, localResources, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { findAwsCli } from '../../support/find-tools.ts';
import { createAwsCli } from '../../support/run-aws-cli.ts';
import { bucket as logsBucket, logsResources } from '../logs/support.ts';

const aws = findAwsCli();
const bucket = localNames.outputsBucket;
let cloud: TestCloud;
let folder: string;
let run: ReturnType<typeof createAwsCli>['run'];
let json: ReturnType<typeof createAwsCli>['json'];

const withCli = aws === undefined ? describe.skip : describe;
if (aws === undefined) process.stderr.write('The AWS CLI is not installed: its tests are skipped (EVERYFILE_AWS).\n');

withCli('the AWS CLI', () => {
  beforeAll(async () => {
    cloud = await startTestCloud({ resources: { ...localResources, ...logsResources } });
    folder = await mkdtemp(join(tmpdir(), 'everyfile-cli-'));
    ({ run, json } = createAwsCli(aws ?? '', cloud.endpoint, folder));
  });
  afterAll(async () => {
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  });
  const path = (name: string): string => join(folder, name);

  it('copies files there and back, the large ones by parts', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'everyfile');
    await writeFile(path('large'), body);
    expect((await run('s3', 'cp', path('large'), `s3://${bucket}/cli/large ü+`)).code).toBe(0);
    const head = await json('s3api', 'head-object', '--bucket', bucket, '--key', 'cli/large ü+');
    expect(head).toMatchObject({ ContentLength: body.length, ETag: expect.stringMatching(/-2"$/) });
    expect((await run('s3', 'cp', `s3://${bucket}/cli/large ü+`, path('back'))).code).toBe(0);
    expect((await readFile(path('back'))).equals(body)).toBe(true);
    expect((await run('s3', 'ls', `s3://${bucket}/cli/`)).output).toContain('large ü+');
  }, 60_000);

  it('copies an object onto itself with new metadata, and is held to conditions', async () => {
    await writeFile(path('small'), 'small');
    const place = ['--bucket', bucket, '--key', 'cli/small'];
    await json('s3api', 'put-object', ...place, '--body', path('small'));
    const copy = ['--copy-source', `${bucket}/cli/small`, '--metadata-directive', 'REPLACE', '--metadata', 'a=b'];
    await json('s3api', 'copy-object', ...place, ...copy);
    expect(await json('s3api', 'head-object', ...place)).toMatchObject({ Metadata: { a: 'b' } });
    const refused = { code: expect.any(Number), output: expect.stringContaining('(PreconditionFailed)') };
    for (const call of [
      ['put-object', ...place, '--if-none-match', '*'],
      ['get-object', ...place, '--if-match', '"0"', path('never')],
      ['copy-object', ...place, ...copy, '--copy-source-if-match', '"0"'],
      ['delete-object', ...place, '--if-match', '"0"'],
    ]) {
      expect(await run('s3api', ...call)).toEqual(refused);
    }
    expect((await run('s3api', 'head-object', ...place)).code).toBe(0);
  }, 60_000);

  it('synchronises a folder, and deletes what is gone', async () => {
    await Promise.all(['a', 'B', 'c d'].map((name) => writeFile(path(`sync-${name}`), name)));
    const only = ['--exclude', '*', '--include', 'sync-*'];
    expect((await run('s3', 'sync', folder, `s3://${bucket}/sync`, ...only)).code).toBe(0);
    await rm(path('sync-a'));
    expect((await run('s3', 'sync', folder, `s3://${bucket}/sync`, '--delete', ...only)).code).toBe(0);
    const listed = (await json('s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', 'sync/')) as {
      Contents: { Key: string }[];
    };
    expect(listed.Contents.map(({ Key }) => Key)).toEqual(['sync/sync-B', 'sync/sync-c d']);
  }, 60_000);

  it('presigns a URL that anybody can get', async () => {
    await writeFile(path('signed'), 'signed');
    await run('s3', 'cp', path('signed'), `s3://${bucket}/cli/signed`);
    const { output } = await run('s3', 'presign', `s3://${bucket}/cli/signed`);
    expect(await (await fetch(output.trim())).text()).toBe('signed');
  }, 60_000);

  it('sends and receives a message', async () => {
    const url = ['--queue-url', cloud.queueUrl(localNames.workQueue)];
    await json('sqs', 'send-message', ...url, '--message-body', 'from the CLI');
    const received = await json('sqs', 'receive-message', ...url, '--wait-time-seconds', '5');
    expect(received).toMatchObject({ Messages: [{ Body: 'from the CLI' }] });
  }, 60_000);

  it('writes an item once, and is given the old one', async () => {
    const table = ['--table-name', localNames.ledgerTable];
    const put = [...table, '--item', '{"id":{"S":"cli"}}', '--condition-expression', 'attribute_not_exists(id)'];
    await json('dynamodb', 'put-item', ...put);
    const again = await run('dynamodb', 'put-item', ...put);
    expect(again.output).toContain('(ConditionalCheckFailedException)');
    const old = await json(
      'dynamodb',
      'delete-item',
      ...table,
      '--key',
      '{"id":{"S":"cli"}}',
      '--return-values',
      'ALL_OLD',
    );
    expect(old).toEqual({ Attributes: { id: { S: 'cli' } } });
  }, 60_000);

  it('writes, reads and exports logs', async () => {
    const group = ['--log-group-name', '/cli/orders'];
    const stream = [...group, '--log-stream-name', 'web'];
    await json('logs', 'create-log-group', ...group);
    await json('logs', 'create-log-stream', ...stream);
    const at = Date.now() - 60_000;
    const events = [`timestamp=${at},message=first`, `timestamp=${at + 1},message=second ü`];
    await json('logs', 'put-log-events', ...stream, '--log-events', ...events);
    const found = await json('logs', 'filter-log-events', ...group, '--filter-pattern', 'second');
    expect(found).toMatchObject({ events: [{ message: 'second ü', timestamp: at + 1, logStreamName: 'web' }] });

    const range = ['--from', String(at + 1), '--to', String(Date.now()), '--destination', logsBucket];
    const { taskId } = (await json('logs', 'create-export-task', ...group, ...range)) as { taskId: string };
    const isOver = `exportTasks[?status.code=='COMPLETED'].taskId`;
    const task = ['logs', 'describe-export-tasks', '--task-id', taskId, '--query', isOver];
    for (let over: unknown = []; !isDeepStrictEqual(over, [taskId]);) over = await json(...task);
    const file = `s3://${logsBucket}/exportedlogs/${taskId}/web/000000.gz`;
    expect((await run('s3', 'cp', file, path('log.gz'))).code).toBe(0);
    expect(gunzipSync(await readFile(path('log.gz'))).toString()).toBe(`${new Date(at + 1).toISOString()} second ü\n`);
  }, 60_000);

  it('is told its account', async () => {
    expect(await json('sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' });
  }, 60_000);
});
