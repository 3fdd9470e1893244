import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { findPython } from '../../support/find-tools.ts';
import { runPython } from '../../support/run-python.ts';

const python = findPython();
const script = join(import.meta.dirname, 'boto3_client.py');
const file = join(tmpdir(), `everyfile-boto3-${process.pid}`);
let cloud: TestCloud;

const withPython = python === undefined ? describe.skip : describe;

if (python === undefined) process.stderr.write('boto3 is not installed: its tests are skipped (EVERYFILE_PYTHON).\n');

/** Runs one case of the script. */
const run = (name: string): Promise<unknown> => runPython(python ?? '', cloud.endpoint, script, name, file);

withPython('boto3', () => {
  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(async () => {
    await cloud.close();
    await Promise.all([file, `${file}.back`].map((path) => rm(path, { force: true })));
  });

  it('puts and gets, with metadata and ranges, and reads the refusals', async () => {
    expect(await run('put_and_get')).toEqual({
      sameETag: true,
      body: 'hello',
      metadata: { a: 'b' },
      contentType: 'text/x',
      range: ['ell', 'bytes 1-3/5'],
      missing: ['NoSuchKey', 404],
      noBucket: ['NoSuchBucket', 404],
    });
  });

  it('uploads by parts and downloads by ranges', async () => {
    expect(await run('multipart')).toEqual({ size: 12 * 1024 * 1024 + 1, parts: '3', same: true });
  });

  it('copies an object onto itself only when it replaces something', async () => {
    expect(await run('copy_onto_itself')).toEqual({
      plain: ['InvalidRequest', 400],
      metadata: { new: '2' },
      body: 'same',
      sameETag: true,
    });
  });

  it('is held to its conditions', async () => {
    expect(await run('conditions')).toEqual({
      exists: ['PreconditionFailed', 412],
      staleWrite: ['PreconditionFailed', 412],
      staleRead: ['PreconditionFailed', 412],
      notModified: ['304', 304],
      staleCopy: ['PreconditionFailed', 412],
      staleDelete: ['PreconditionFailed', 412],
      delete: null,
      gone: ['404', 404],
    });
  });

  it('presigns URLs and forms by both of its signature versions', async () => {
    expect(await run('presigned')).toEqual({ s3: [200, 'by url', 204], s3v4: [200, 'by url', 204] });
  });

  it('sends, receives and deletes messages', async () => {
    expect(await run('queue')).toEqual({
      sent: 3,
      bodies: ['0', '1', '2', 'one ü'],
      attribute: ['b'],
      left: ['0', '0'],
      missing: ['AWS.SimpleQueueService.NonExistentQueue', 400],
    });
  });

  it('writes items, and is given the one that refused its condition', async () => {
    const item = (n: string) => ({ id: { S: 'boto3' }, n: { N: n } });
    expect(await run('table')).toEqual({
      failed: ['ConditionalCheckFailedException', item('1')],
      updated: item('2'),
      old: item('2'),
      gone: true,
      missing: ['ResourceNotFoundException', 400],
    });
  });

  it('publishes to a topic, and receives from its queue', async () => {
    expect(await run('notices')).toBe('told ü');
  });

  it('is told its account', async () => {
    expect(await run('caller')).toBe('000000000000');
  });
});
