import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { crc32 } from 'node:zlib';
import { toMailSafe } from '../../../offline/s3/header-values.ts';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'objects';
const put = (Key: string, Body: string, more = {}) =>
  test.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more = {}) => test.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const textOf = async (Key: string, more = {}) => (await get(Key, more)).Body!.transformToString();

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

it('gives back the bytes, the headers and the metadata that were put', async () => {
  const stored = await put('kept', 'content', {
    ContentType: 'text/csv',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="x.csv"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Expires: new Date('2030-01-01T00:00:00Z'),
    Metadata: { 'sender-id': 'a b', empty: '' },
  });
  expect(stored.ETag).toBe(`"${createHash('md5').update('content').digest('hex')}"`);
  expect(stored.VersionId).toBeUndefined();
  const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'kept' }));
  expect(head).toMatchObject({
    ContentLength: 7,
    ContentType: 'text/csv',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="x.csv"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
    Metadata: { 'sender-id': 'a b', empty: '' },
    ETag: stored.ETag,
    AcceptRanges: 'bytes',
  });
  expect(head.LastModified!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(await textOf('kept')).toBe('content');
});

it('keeps an empty object and needs no body file for it', async () => {
  const before = await bodyFiles();
  await put('empty', '', { ContentLength: 0 });
  expect(await textOf('empty')).toBe('');
  expect((await get('empty')).ContentLength).toBe(0);
  expect(await bodyFiles()).toHaveLength(before.length);
});

it('overwrites in place and leaves no body file of the earlier object', async () => {
  await put('over', 'one');
  const before = await bodyFiles();
  await put('over', 'two');
  expect(await textOf('over')).toBe('two');
  await until(async () => (await bodyFiles()).length === before.length);
});

it('replaces headers of the answer by response-* parameters', async () => {
  await put('override', 'x', { ContentType: 'text/plain' });
  const answer = await get('override', {
    ResponseContentType: 'a/b',
    ResponseContentDisposition: 'inline',
    ResponseCacheControl: 'no-store',
  });
  expect(answer).toMatchObject({ ContentType: 'a/b', ContentDisposition: 'inline', CacheControl: 'no-store' });
  const refused = await sendRaw(test.port, 'GET', `/${Bucket}/override?response-content-disposition=%E6%97%A5`);
  expect([refused.status, refused.body]).toEqual([
    400,
    expect.stringContaining('<Message>Header value cannot be represented using ISO-8859-1.</Message>'),
  ]);
});

describe('metadata beyond ASCII', () => {
  /** How text looks whose UTF-8 bytes were taken for ISO-8859-1: so S3 reads the headers of a request. */
  const misread = (text: string) => Buffer.from(text).toString('latin1');

  it.each([
    ['plain', 'plain =?_ text', 'plain =?_ text'],
    // What AWS's own documentation shows for this value.
    ['mostly beyond', misread('ÄMÄZÕÑ S3'), '=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?='],
    ['mostly ASCII', misread('Miniö'), '=?UTF-8?Q?Mini=C3=83=C2=B6?='],
    ['one byte a character', 'caf\u00e9 a_b', '=?UTF-8?Q?caf=C3=A9_a=5Fb?='],
  ])('is given back mail-safe: %s', async (_, sent, expected) => {
    const headers = { 'x-amz-meta-text': sent };
    // Bytes for a body: in front of a string Node's client writes headers as UTF-8, too.
    await sendRaw(test.port, 'PUT', `/${Bucket}/mail-safe`, { headers, body: Buffer.from('x') });
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}/mail-safe`);
    expect(answer.headers['x-amz-meta-text']).toBe(expected);
  });

  it('is cut into words of 75 characters at most, and no character in two', () => {
    for (const text of ['日本語'.repeat(50), 'größer 😀 '.repeat(50)]) {
      const words = toMailSafe(text).split(' ');
      expect(words.every((word) => word.length <= 75)).toBe(true);
      expect(words.map(decodeWord).join('')).toBe(text);
    }
  });
});

const decodeWord = (word: string): string => {
  const [, kind, text = ''] = /^=\?UTF-8\?([QB])\?(.*)\?=$/.exec(word) ?? [];
  if (kind === 'B') return Buffer.from(text, 'base64').toString();
  return decodeURIComponent(text.replaceAll('%', '%25').replaceAll('_', ' ').replaceAll('=', '%'));
};

describe('ranges', () => {
  beforeAll(() => put('range', '0123456789'));

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('answers %s with 206 and that stretch', async (Range, expected, ContentRange) => {
    const answer = await get('range', { Range });
    expect(answer.$metadata.httpStatusCode).toBe(206);
    expect(answer).toMatchObject({ ContentRange, ContentLength: expected.length });
    expect(await answer.Body!.transformToString()).toBe(expected);
  });

  it.each(['bytes=10-', 'bytes=-0'])('refuses %s, which lies outside', async (Range) => {
    expect(await refusalOf(get('range', { Range }))).toBe('InvalidRange 416');
  });

  it.each(['bytes=4-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=-'])('ignores %s and sends everything', async (Range) => {
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}/range`, { headers: { range: Range } });
    expect([answer.status, answer.body]).toEqual([200, '0123456789']);
  });

  it('refuses every range of an empty object', async () => {
    await put('range-empty', '', { ContentLength: 0 });
    expect(await refusalOf(get('range-empty', { Range: 'bytes=0-' }))).toBe('InvalidRange 416');
  });
});

describe('checksums', () => {
  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('checks and keeps %s', async (ChecksumAlgorithm) => {
    const stored = await put(`sum-${ChecksumAlgorithm}`, 'content', { ChecksumAlgorithm });
    const value = stored[`Checksum${ChecksumAlgorithm}`];
    expect(value).toBeDefined();
    const read = await get(`sum-${ChecksumAlgorithm}`, { ChecksumMode: 'ENABLED' });
    expect(read[`Checksum${ChecksumAlgorithm}`]).toBe(value);
    expect(read.ChecksumType).toBe('FULL_OBJECT');
    expect(await read.Body!.transformToString()).toBe('content');
  });

  it.each([
    ['content-md5', createHash('md5').update('other').digest('base64'), 'BadDigest'],
    ['content-md5', 'nonsense', 'InvalidDigest'],
    ['x-amz-checksum-crc32', 'AAAAAA==', 'BadDigest'],
    ['x-amz-checksum-crc32c', 'AAAAAA==', 'BadDigest'],
    ['x-amz-checksum-crc64nvme', 'AAAAAAAAAAA=', 'BadDigest'],
    ['x-amz-checksum-sha256', createHash('sha256').update('other').digest('base64'), 'BadDigest'],
    ['x-amz-checksum-crc32', 'AAA=', 'InvalidRequest'],
    ['x-amz-content-sha256', '0'.repeat(64), 'XAmzContentSHA256Mismatch'],
    ['x-amz-content-sha256', 'abc', 'InvalidArgument'],
  ])('refuses a body that is not what %s: %s says', async (name, value, code) => {
    const before = await bodyFiles();
    const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/refused`, {
      headers: { [name]: value },
      body: 'content',
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(await refusalOf(get('refused'))).toBe('NoSuchKey 404');
    await until(async () => (await bodyFiles()).length === before.length);
  });

  it('refuses a digest that is none also where there is no body', async () => {
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}`, { headers: { 'x-amz-content-sha256': 'GIBBERISH' } });
    expect([answer.status, /<ArgumentValue>(.*?)</.exec(answer.body)?.[1]]).toEqual([400, 'GIBBERISH']);
  });

  it.each([
    ['sha256', 400],
    ['crc32', 200],
    ['CRC32', 200],
  ])('of another algorithm than the request names are refused: %s, %d', async (named, status) => {
    const headers = { 'x-amz-sdk-checksum-algorithm': named, 'x-amz-checksum-crc32': 'y/Q5Jg==' };
    const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/named`, { headers, body: '123456789' });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body).toContain('<Code>InvalidRequest</Code>');
  });

  it('of another algorithm than the request names are taken of a part', async () => {
    const begun = await sendRaw(test.port, 'POST', `/${Bucket}/parts?uploads`);
    const uploadId = /<UploadId>(.*?)</.exec(begun.body)?.[1] ?? '';
    const headers = { 'x-amz-sdk-checksum-algorithm': 'SHA256', 'x-amz-checksum-crc32': 'y/Q5Jg==' };
    const path = `/${Bucket}/parts?partNumber=1&uploadId=${uploadId}`;
    expect((await sendRaw(test.port, 'PUT', path, { headers, body: '123456789' })).status).toBe(200);
  });

  it('checks a CRC-64/NVME that is right', async () => {
    const headers = { 'x-amz-checksum-crc64nvme': 'rosUhgp5mIg=' };
    const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/nvme`, { headers, body: '123456789' });
    expect(answer.headers['x-amz-checksum-crc64nvme']).toBe('rosUhgp5mIg=');
  });
});

describe('aws-chunked bodies', () => {
  const send = (key: string, body: string, headers: Record<string, string>) =>
    sendRaw(test.port, 'PUT', `/${Bucket}/${key}`, {
      body,
      headers: { 'content-encoding': 'aws-chunked, deflate, gzip', ...headers },
    });
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32('hello world'));

  it.each([
    [
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      `5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:${crc.toString('base64')}\r\n\r\n`,
    ],
    [
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      '5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n world\r\n0;chunk-signature=ef\r\n\r\n',
    ],
    [
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      `B;chunk-signature=ab\r\nhello world\r\n0;chunk-signature=ef\r\nx-amz-checksum-crc32:${crc.toString('base64')}\r\nx-amz-trailer-signature:12\r\n\r\n`,
    ],
  ])('are decoded: %s', async (kind, body) => {
    const trailer: Record<string, string> = kind.endsWith('TRAILER') ? { 'x-amz-trailer': 'x-amz-checksum-crc32' } : {};
    const answer = await send('chunked', body, {
      'x-amz-content-sha256': kind,
      'x-amz-decoded-content-length': '11',
      ...trailer,
    });
    expect(answer.status).toBe(200);
    const read = await get('chunked');
    expect(read.ContentEncoding).toBe('deflate, gzip');
    expect(await read.Body!.transformToString()).toBe('hello world');
  });

  it.each([
    ['a trailer that was announced and does not come', '5\r\nhello\r\n0\r\n\r\n', '5', 'MalformedTrailerError'],
    [
      'a trailer that nobody announced',
      '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-other:1\r\n\r\n',
      '5',
      'MalformedTrailerError',
    ],
    ['a wrong trailer', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', '5', 'BadDigest'],
    ['a body that is shorter than it says', '5\r\nhello\r\n0\r\n\r\n', '6', 'IncompleteBody'],
    ['a body that is longer than it says', '5\r\nhello\r\n0\r\n\r\n', '4', 'IncompleteBody'],
    ['a body without its last chunk', '5\r\nhello\r\n', '5', 'IncompleteBody'],
    ['a chunk that is cut', '9\r\nhello', '9', 'IncompleteBody'],
    ['a chunk that runs on', '4\r\nhello\r\n0\r\n\r\n', '5', 'InvalidRequest'],
    ['a size that is no number', 'zz\r\nhello\r\n0\r\n\r\n', '5', 'InvalidRequest'],
  ])('are refused with %s', async (_, body, length, code) => {
    const answer = await send('chunked-bad', body, {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': length,
      'x-amz-trailer': 'x-amz-checksum-crc32',
    });
    expect([answer.status, /<Code>(\w+)</.exec(answer.body)?.[1]]).toEqual([400, code]);
    expect(await refusalOf(get('chunked-bad'))).toBe('NoSuchKey 404');
  });
});

it('refuses a body without a length, and names the header that S3 does not know', async () => {
  const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/no-length`, {
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x',
  });
  expect([answer.status, /<Header>(.*?)</.exec(answer.body)?.[1]]).toEqual([501, 'Transfer-Encoding']);
});

it.each([
  ['partNumber=1', {}, 'This operation does not accept partNumber without uploadId'],
  [
    'partNumber=1',
    { 'x-amz-copy-source': '/objects/kept' },
    'This operation does not accept partNumber without uploadId',
  ],
  ['versionId=null', {}, 'This operation does not accept a version-id.'],
])('takes no write with %s for one of the whole object', async (query, headers, message) => {
  const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/foreign?${query}`, { headers, body: 'x' });
  expect([answer.status, /<Message>(.*?)</.exec(answer.body)?.[1]]).toEqual([400, message]);
  expect(await refusalOf(get('foreign'))).toBe('NoSuchKey 404');
});

describe('what this S3 has not', () => {
  const [key, lock] = ['x-amz-server-side-encryption-customer-', 'x-amz-object-lock-'];
  it.each([
    ['GET', `${key}key`],
    ['HEAD', `${key}algorithm`],
    ['PUT', `${key}key-md5`],
    ['PUT', `${lock}mode`],
    ['PUT', `${lock}retain-until-date`],
    ['PUT', `${lock}legal-hold`],
    ['POST', `${lock}retain-until-date`],
  ])('is 501 by name, and not passed over: %s with %s', async (method, name) => {
    await put('unlocked', 'x');
    const path = `/${Bucket}/unlocked${method === 'POST' ? '?uploads' : ''}`;
    const answer = await sendRaw(test.port, method, path, { headers: { [name]: 'x' } });
    expect(answer.status).toBe(501);
    if (method !== 'HEAD') expect(answer.body).toMatch(/<Message>(Object lock|Encryption with customer keys)/);
  });
});

it('refuses more than 2 KB of metadata', async () => {
  expect(await refusalOf(put('metadata', 'x', { Metadata: { a: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge 400');
});

it('refuses a body above the limit before it is read', async () => {
  const small = await startTestS3({ limits: { maximumUploadBytes: 4 } });
  small.s3.createBucket(Bucket, { versioned: false });
  expect(await refusalOf(small.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: '12345' })))).toBe(
    'EntityTooLarge 400',
  );
  await small.remove();
});

it('keeps tags beside the object', async () => {
  await put('tagged', 'x', { Tagging: 'a=1&b=two%20words' });
  const tags = async () => (await test.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet;
  expect(await tags()).toEqual([
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: 'two words' },
  ]);
  expect((await get('tagged')).TagCount).toBe(2);
  await test.client.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet: [{ Key: 'c', Value: '<&>' }] } }),
  );
  expect(await tags()).toEqual([{ Key: 'c', Value: '<&>' }]);
  expect(await textOf('tagged')).toBe('x');
  await test.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
  expect(await tags()).toEqual([]);
});

it('keeps nothing of an upload that is broken off', async () => {
  const before = await bodyFiles();
  const { request } = await import('node:http');
  const aborted = test.answers.length;
  const upload = request({
    port: test.port,
    host: '127.0.0.1',
    method: 'PUT',
    path: `/${Bucket}/broken`,
    headers: { 'content-length': '1000000' },
  });
  upload.on('error', () => undefined);
  await new Promise<void>((resolve) => void upload.write('x'.repeat(200_000), () => resolve()));
  await until(async () => (await readdir(join(test.directory, 'tmp'))).length > 0);
  upload.destroy();
  await until(async () => test.answers.length > aborted);
  expect(test.answers.at(-1)).toEqual({
    operation: 'PutObject',
    resource: `${Bucket}/broken`,
    errorCode: 'RequestAborted',
  });
  expect(await readdir(join(test.directory, 'tmp'))).toEqual([]);
  expect(await bodyFiles()).toHaveLength(before.length);
  expect(await refusalOf(get('broken'))).toBe('NoSuchKey 404');
});

it('sends an object to its end although it is deleted meanwhile, and frees its bodies then', async () => {
  const before = await bodyFiles();
  const Key = 'doomed';
  const { UploadId } = await test.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = Buffer.alloc(16 * 1024 * 1024, 'y');
  const Parts: CompletedPart[] = [];
  for (const PartNumber of [1, 2]) {
    const sent = await test.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: part }));
    Parts.push({ PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 });
  }
  await test.client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const answer = await get(Key);
  await test.client.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(await bodyFiles()).toHaveLength(before.length + 2);
  expect((await answer.Body!.transformToByteArray()).length).toBe(2 * part.length);
  await until(async () => (await bodyFiles()).length === before.length);
});

const bodyFiles = async (): Promise<string[]> => {
  const entries = await readdir(join(test.directory, 'bodies'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('The condition did not come true within five seconds.');
    await new Promise((resolve) => setImmediate(resolve));
  }
};
