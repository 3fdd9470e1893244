import { request } from 'node:http';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { judgeRead } from '../../../offline/s3/conditions.ts';
import { errorOf, refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'conditions';
const put = (Key: string, Body: string, more = {}) =>
  test.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more = {}) => test.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const remove = (Key: string, more = {}) => test.client.send(new DeleteObjectCommand({ Bucket, Key, ...more }));
const copy = (Key: string, source: string, more = {}) =>
  test.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}`, ...more }));

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const past = new Date(Date.now() - 3_600_000);
const future = new Date(Date.now() + 3_600_000);

describe('a read', () => {
  let eTag: string;
  beforeAll(async () => {
    eTag = (await put('read', 'x')).ETag!;
  });

  it('with If-Match succeeds on the eTag, quoted or bare or among others, and is 412 otherwise', async () => {
    for (const IfMatch of [eTag, eTag.replaceAll('"', ''), `"other", ${eTag}`, '*']) {
      expect((await get('read', { IfMatch })).$metadata.httpStatusCode).toBe(200);
    }
    expect(await refusalOf(get('read', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
  });

  it('names the condition that failed', async () => {
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}/read`, { headers: { 'if-match': '"other"' } });
    expect(answer.body).toContain('<Condition>If-Match</Condition>');
  });

  it('with If-None-Match is 304 without a body on the eTag', async () => {
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}/read`, { headers: { 'if-none-match': eTag } });
    expect([answer.status, answer.body, answer.headers.etag]).toEqual([304, '', eTag]);
    expect((await get('read', { IfNoneMatch: '"other"' })).$metadata.httpStatusCode).toBe(200);
  });

  it('with dates answers 304 and 412', async () => {
    const error = await errorOf(get('read', { IfModifiedSince: new Date() }));
    expect(error.$metadata.httpStatusCode).toBe(304);
    expect((await get('read', { IfModifiedSince: future })).$metadata.httpStatusCode).toBe(200);
    expect((await get('read', { IfModifiedSince: past })).$metadata.httpStatusCode).toBe(200);
    expect(await refusalOf(get('read', { IfUnmodifiedSince: past }))).toBe('PreconditionFailed 412');
    expect((await get('read', { IfUnmodifiedSince: future })).$metadata.httpStatusCode).toBe(200);
  });

  it('with a head answers 412 without a body', async () => {
    const answer = await sendRaw(test.port, 'HEAD', `/${Bucket}/read`, { headers: { 'if-match': '"other"' } });
    expect([answer.status, answer.body]).toEqual([412, '']);
    const error = await errorOf(test.client.send(new HeadObjectCommand({ Bucket, Key: 'absent' })));
    expect(error.name).toBe('NotFound');
  });

  it('weighs If-Match above If-Unmodified-Since and If-None-Match above If-Modified-Since', () => {
    const now = new Date();
    const object = { eTag: 'a', modifiedMs: now.getTime() };
    const judge = (headers: Record<string, string>) => judgeRead(headers, object, now);
    const dates = { past: past.toUTCString(), now: now.toUTCString() };
    expect(judge({ 'if-match': '"a"', 'if-unmodified-since': dates.past })).toBe('send');
    expect(judge({ 'if-none-match': '"b"', 'if-modified-since': dates.now })).toBe('send');
    expect(judge({ 'if-none-match': '"a"', 'if-modified-since': dates.past })).toBe('not-modified');
    expect(() => judge({ 'if-match': '"b"', 'if-none-match': '"a"' })).toThrow(/pre-conditions/);
    expect(judge({ 'if-modified-since': 'no date' })).toBe('send');
    expect(judge({ 'if-modified-since': dates.now })).toBe('not-modified');
  });
});

describe('a put', () => {
  it('with If-None-Match: * writes only where there is nothing', async () => {
    await put('once', '1', { IfNoneMatch: '*' });
    expect(await refusalOf(put('once', '2', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    await remove('once');
    await put('once', '3', { IfNoneMatch: '*' });
  });

  it('with If-Match overwrites only the object that it names, and is 404 where there is none', async () => {
    const { ETag } = await put('match', '1');
    expect(await refusalOf(put('match', '2', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    await put('match', '2', { IfMatch: ETag });
    expect(await refusalOf(put('match', '3', { IfMatch: ETag }))).toBe('PreconditionFailed 412');
    expect(await refusalOf(put('match-absent', '1', { IfMatch: ETag }))).toBe('NoSuchKey 404');
  });

  it('with a condition that S3 does not know on a write is 501', async () => {
    expect(await refusalOf(put('unknown', '1', { IfNoneMatch: '"a"' }))).toBe('NotImplemented 501');
  });

  it('lets exactly one of sixteen senders create a key', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, sender) =>
        put('race', `sender ${String(sender)}`, { IfNoneMatch: '*' }).then(
          () => 'won',
          (error: unknown) => (error as Error).name,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'PreconditionFailed')).toHaveLength(15);
  });

  it.each([
    ['another put', 'If-None-Match', '412 PreconditionFailed', () => put('overtaken', 'other')],
    ['another put', 'If-Match', '412 PreconditionFailed', () => put('overtaken', 'other')],
    ['a delete', 'If-Match', '409 ConditionalRequestConflict', () => remove('overtaken')],
  ])('that %s overtakes during its upload with %s is %s', async (_, condition, expected, overtake) => {
    await remove('overtaken');
    const headers: Record<string, string> =
      condition === 'If-Match' ? { 'if-match': (await put('overtaken', 'first')).ETag! } : { 'if-none-match': '*' };
    // The server says "100 Continue" once it has judged for the first time; the body is held back until then.
    expect(await sendOnContinue(`/${Bucket}/overtaken`, headers, 'late', overtake)).toBe(expected);
  });
});

describe('a delete', () => {
  it('with If-Match removes only the object that it names: 204, 412, 404', async () => {
    const { ETag } = await put('delete', '1');
    expect(await refusalOf(remove('delete', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    expect((await remove('delete', { IfMatch: ETag })).$metadata.httpStatusCode).toBe(204);
    expect(await refusalOf(remove('delete', { IfMatch: ETag }))).toBe('NoSuchKey 404');
    expect((await remove('delete')).$metadata.httpStatusCode).toBe(204);
  });

  it('of many judges each key by itself and tells each verdict', async () => {
    const { ETag } = await put('many-a', '1');
    await put('many-b', '1');
    const answer = await test.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: {
          Objects: [
            { Key: 'many-a', ETag },
            { Key: 'many-b', ETag: '"other"' },
            { Key: 'many-c' },
            { Key: 'x'.repeat(1025) },
          ],
        },
      }),
    );
    expect(answer.Deleted).toEqual([{ Key: 'many-a' }, { Key: 'many-c' }]);
    expect(answer.Errors!.map(({ Key, Code }) => `${Key!.slice(0, 6)} ${Code!}`)).toEqual([
      'many-b PreconditionFailed',
      'xxxxxx KeyTooLongError',
    ]);
    expect(await refusalOf(get('many-a'))).toBe('NoSuchKey 404');
    expect((await get('many-b')).ContentLength).toBe(1);
  });

  it('of many names the conditions of an entry that it does not judge, and keeps that object', async () => {
    await put('unjudged', '1');
    const Key = 'unjudged';
    const answer = await test.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key, Size: 9 }, { Key, LastModifiedTime: past }, { Key: 'unjudged-b' }] },
      }),
    );
    expect(answer.Deleted).toEqual([{ Key: 'unjudged-b' }]);
    expect(answer.Errors!.map(({ Code, Message }) => `${Code!} ${Message!}`)).toEqual([
      'NotImplemented DeleteObjects with Size is not implemented by the local S3.',
      'NotImplemented DeleteObjects with LastModifiedTime is not implemented by the local S3.',
    ]);
    expect((await get(Key)).ContentLength).toBe(1);
  });
});

describe('a copy', () => {
  let eTag: string;
  beforeAll(async () => {
    eTag = (await put('source', 'x')).ETag!;
  });

  it('is pinned by conditions on its source, and never 304', async () => {
    await copy('copied', 'source', { CopySourceIfMatch: eTag });
    expect(await refusalOf(copy('copied', 'source', { CopySourceIfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    expect(await refusalOf(copy('copied', 'source', { CopySourceIfNoneMatch: eTag }))).toBe('PreconditionFailed 412');
    expect(await refusalOf(copy('copied', 'source', { CopySourceIfModifiedSince: new Date() }))).toBe(
      'PreconditionFailed 412',
    );
    await copy('copied', 'source', { CopySourceIfModifiedSince: future });
    expect(await refusalOf(copy('copied', 'source', { CopySourceIfUnmodifiedSince: past }))).toBe(
      'PreconditionFailed 412',
    );
    await copy('copied', 'source', { CopySourceIfMatch: eTag, CopySourceIfUnmodifiedSince: past });
  });

  it('judges If-Match and If-None-Match on its destination', async () => {
    await copy('destination', 'source', { IfNoneMatch: '*' });
    expect(await refusalOf(copy('destination', 'source', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect(await refusalOf(copy('destination', 'source', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    await copy('destination', 'source', { IfMatch: eTag });
    expect(await refusalOf(copy('destination-absent', 'source', { IfMatch: eTag }))).toBe('NoSuchKey 404');
  });
});

const sendOnContinue = (
  path: string,
  headers: Record<string, string>,
  body: string,
  first: () => Promise<unknown>,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const upload = request(
      {
        host: '127.0.0.1',
        port: test.port,
        method: 'PUT',
        path,
        headers: { ...headers, 'content-length': String(body.length), expect: '100-continue' },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(`${String(response.statusCode)} ${/<Code>(\w+)</.exec(text)?.[1] ?? ''}`));
      },
    );
    upload.on('error', reject);
    upload.on('continue', () => void first().then(() => upload.end(body), reject));
  });
