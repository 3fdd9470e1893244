import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { parseAddress } from '../../../offline/s3/address.ts';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'keys';

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const hostile = [
  'plain',
  'with space',
  ' leading and trailing ',
  'a+b',
  '100%',
  'a%2Fb',
  'a%2fb%zz',
  '/leading/slash',
  'double//slash',
  'trailing/',
  '..',
  '.',
  '../../../../etc/passwd',
  'a/../b',
  'a/./b',
  '?question=mark&uploads',
  '#hash',
  'quote"\'`',
  'angle<bracket>&amp;',
  'back\\slash',
  'semi;colon=equals',
  '日本語/ファイル.txt',
  'e\u0301 and \u00e9',
  '😀 astral',
  'line\nbreak',
  'carriage\rreturn',
  'tab\tbed',
  'control\u0001\u001f\u007f',
  'nul\u0000byte',
  '__proto__',
  'toString',
  'x'.repeat(1024),
  '日'.repeat(341),
];

it.each(hostile.map((key) => [JSON.stringify(key).slice(0, 40), key]))('keeps the key %s exactly', async (_, Key) => {
  const Body = `body of ${Key}`;
  await test.client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const read = await test.client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await read.Body!.transformToString()).toBe(Body);
  expect(test.events.at(-1)!.key).toBe(Key);
  const encoded = await test.client.send(new ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url' }));
  const listed = encoded.Contents!.map((object) => decodeURIComponent(object.Key!.replaceAll('+', ' ')));
  expect(listed).toContain(Key);
  await test.client.send(
    new CopyObjectCommand({ Bucket, Key: 'copy of it', CopySource: `${Bucket}/${encodeURIComponent(Key)}` }),
  );
  const copied = await test.client.send(new GetObjectCommand({ Bucket, Key: 'copy of it' }));
  expect(await copied.Body!.transformToString()).toBe(Body);
});

it('keeps hostile keys apart, one object each, and all of them inside its own folder', async () => {
  const short = hostile.filter((key) => Buffer.byteLength(key) < 1000).map((key) => `apart/${key}`);
  for (const Key of short) await test.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const { KeyCount } = await test.client.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'apart/', EncodingType: 'url' }),
  );
  expect(KeyCount).toBe(short.length);
  expect((await readdir(test.directory)).sort()).toEqual(['bodies', 'metadata.sqlite', 'metadata.sqlite-wal', 'tmp']);
  const bodies = await readdir(join(test.directory, 'bodies'), { recursive: true, withFileTypes: true });
  expect(bodies.filter((entry) => entry.isFile()).every((entry) => /^[0-9a-f]{32}$/.test(entry.name))).toBe(true);
});

it('lists keys with line breaks and markup as they are, without encoding', async () => {
  const { Contents } = await test.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1000 }));
  const keys = Contents!.map((object) => object.Key);
  for (const key of ['line\nbreak', 'carriage\rreturn', 'tab\tbed', 'angle<bracket>&amp;', ' leading and trailing '])
    expect(keys).toContain(key);
});

it('deletes hostile keys in a batch', async () => {
  const deletable = hostile.filter((key) => !/[\u0000-\u001f\u007f]/.test(key));
  const { Errors, Deleted } = await test.client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: deletable.map((Key) => ({ Key })) } }),
  );
  expect(Errors).toBeUndefined();
  expect(Deleted!.map(({ Key }) => Key)).toEqual(deletable);
  for (const Key of deletable)
    expect(await refusalOf(test.client.send(new GetObjectCommand({ Bucket, Key })))).toBe('NoSuchKey 404');
});

it('refuses a key above 1,024 bytes by name', async () => {
  const put = (Key: string) => test.client.send(new PutObjectCommand({ Bucket, Key, Body: '', ContentLength: 0 }));
  expect(await refusalOf(put('x'.repeat(1025)))).toBe('KeyTooLongError 400');
  expect(await refusalOf(put('日'.repeat(342)))).toBe('KeyTooLongError 400');
});

it('refuses a key that is not UTF-8', async () => {
  const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/%ff`, { body: 'x' });
  expect([answer.status, /<Code>(\w+)</.exec(answer.body)?.[1]]).toEqual([400, 'InvalidURI']);
});

it.each([
  ['/bucket/a%2Fb%20c?x=1', 'localhost:4566', 'bucket', 'a/b c'],
  ['/a//../b', 'bucket.localhost:4566', 'bucket', 'a//../b'],
  ['/a', 'bucket.s3.localhost', 'bucket', 'a'],
  ['/a', 'bucket.s3.eu-central-1.localhost:4566', 'bucket', 'a'],
  ['/a', 'my.bucket.localhost:4566', 'my.bucket', 'a'],
  ['/bucket/a', 's3.localhost:4566', 'bucket', 'a'],
  ['/bucket/a', '127.0.0.1:4566', 'bucket', 'a'],
  ['http://localhost:4566/bucket/a', 'localhost:4566', 'bucket', 'a'],
  ['/bucket//a', 'localhost', 'bucket', '/a'],
  ['/bucket', 'localhost', 'bucket', ''],
  ['/bucket/', 'localhost', 'bucket', ''],
  ['/', 'localhost', '', ''],
])('reads %s at %s', (target, host, bucket, key) => {
  expect(parseAddress(target, host)).toMatchObject({ bucket, key });
});

it('serves virtual-host style', async () => {
  const host = `${Bucket}.localhost:${String(test.port)}`;
  await sendRaw(test.port, 'PUT', '/virtual/key', { headers: { host }, body: 'v' });
  expect((await sendRaw(test.port, 'GET', `/${Bucket}/virtual/key`)).body).toBe('v');
  expect((await sendRaw(test.port, 'GET', '/?list-type=2&prefix=virtual', { headers: { host } })).body).toContain(
    '<Key>virtual/key</Key>',
  );
});
