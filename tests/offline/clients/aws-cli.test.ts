import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localNames, startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { findAwsCli } from '../../support/find-tools.ts';

const aws = findAwsCli();
const bucket = localNames.outputsBucket;
let cloud: TestCloud;
let folder: string;

const withCli = aws === undefined ? describe.skip : describe;
if (aws === undefined) process.stderr.write('The AWS CLI is not installed: its tests are skipped (EVERYFILE_AWS).\n');

type Ran = Readonly<{ code: number; output: string }>;

/** Runs the CLI in a shell of its own, where only what a reader of our banner is told to set is set. */
const run = async (...args: string[]): Promise<Ran> => {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    AWS_ACCESS_KEY_ID: 'cli',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  };
  const all = ['--endpoint-url', cloud.endpoint, '--region', 'us-east-1', '--output', 'json', ...args];
  try {
    const { stdout } = await promisify(execFile)(aws ?? '', all, { env, maxBuffer: 1 << 26 });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, output: stderr };
  }
};
const json = async (...args: string[]): Promise<unknown> => {
  const { code, output } = await run(...args);
  if (code !== 0) throw new Error(output);
  return output === '' ? undefined : JSON.parse(output);
};

withCli('the AWS CLI', () => {
  beforeAll(async () => {
    cloud = await startTestCloud();
    folder = await mkdtemp(join(tmpdir(), 'everyfile-cli-'));
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
    const stale = await run('s3api', 'get-object', ...place, '--if-match', '"0"', path('never'));
    expect(stale).toMatchObject({ output: expect.stringContaining('(PreconditionFailed)') });
    expect(stale.code).not.toBe(0);
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

  it('is told its account', async () => {
    expect(await json('sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' });
  }, 60_000);
});
