import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { refusalOf, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'copies';
const copy = (Key: string, source: string, more = {}) =>
  test.client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}`, ...more }));
const head = (Key: string) => test.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
const textOf = async (Key: string) =>
  (await test.client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
  test.s3.createBucket('elsewhere', { versioned: true });
});
beforeEach(() =>
  test.client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'source',
      Body: 'content',
      ContentType: 'text/plain',
      Metadata: { a: '1' },
      Tagging: 't=1',
    }),
  ),
);
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

it('keeps headers, metadata, tags and checksum of its source', async () => {
  const { CopyObjectResult } = await copy('kept', 'source', { ContentType: 'ignored/ignored', Metadata: { b: '2' } });
  const [from, to] = [await head('source'), await head('kept')];
  expect(to).toMatchObject({
    ContentType: 'text/plain',
    Metadata: { a: '1' },
    ETag: from.ETag,
    ChecksumCRC32: from.ChecksumCRC32,
  });
  expect(CopyObjectResult!.ETag).toBe(from.ETag);
  const { TagSet } = await test.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'kept' }));
  expect(TagSet).toEqual([{ Key: 't', Value: '1' }]);
  expect(await textOf('kept')).toBe('content');
  expect(test.events.at(-1)).toMatchObject({
    eventName: 'ObjectCreated:Copy',
    key: 'kept',
    size: 7,
    eTag: from.ETag!.slice(1, -1),
  });
});

it('takes them from the request where it is told to replace them', async () => {
  await copy('replaced', 'source', {
    MetadataDirective: 'REPLACE',
    ContentType: 'a/b',
    Metadata: { b: '2' },
    TaggingDirective: 'REPLACE',
    Tagging: 'u=2',
  });
  expect(await head('replaced')).toMatchObject({ ContentType: 'a/b', Metadata: { b: '2' } });
  const { TagSet } = await test.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'replaced' }));
  expect(TagSet).toEqual([{ Key: 'u', Value: '2' }]);
});

it('onto itself is refused unless it changes something', async () => {
  expect(await refusalOf(copy('source', 'source'))).toBe('InvalidRequest 400');
  await copy('source', 'source', { MetadataDirective: 'REPLACE', Metadata: { c: '3' } });
  expect(await head('source')).toMatchObject({ Metadata: { c: '3' }, ContentLength: 7 });
  expect(await textOf('source')).toBe('content');
  await copy('source', 'source', { StorageClass: 'STANDARD_IA' });
  expect((await head('source')).StorageClass).toBe('STANDARD_IA');
});

it('stays when its source is overwritten and deleted: they share bytes, not fate', async () => {
  await copy('survivor', 'source');
  await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'source' }));
  expect(await textOf('survivor')).toBe('content');
  await copy('second survivor', 'survivor');
  await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'survivor' }));
  expect(await textOf('second survivor')).toBe('content');
});

it('goes from bucket to bucket, and computes a checksum that is asked for', async () => {
  const answer = await test.client.send(
    new CopyObjectCommand({
      Bucket: 'elsewhere',
      Key: 'there',
      CopySource: `/${Bucket}/source`,
      ChecksumAlgorithm: 'SHA256',
    }),
  );
  expect(answer.VersionId).toMatch(/^[\w.]{32}$/);
  expect(answer.CopyObjectResult!.ChecksumSHA256).toBe(createHash('sha256').update('content').digest('base64'));
});

it('is 501 by name with a lock or a key of its own', async () => {
  expect(await refusalOf(copy('x', 'source', { ObjectLockRetainUntilDate: new Date() }))).toBe('NotImplemented 501');
  expect(await refusalOf(copy('x', 'source', { CopySourceSSECustomerKeyMD5: 'x' }))).toBe('NotImplemented 501');
});

it('names what is missing: source object, source bucket, source itself', async () => {
  expect(await refusalOf(copy('x', 'absent'))).toBe('NoSuchKey 404');
  expect(await refusalOf(test.client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: 'absent/x' })))).toBe(
    'NoSuchBucket 404',
  );
  expect(await refusalOf(test.client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: 'nothing' })))).toBe(
    'InvalidArgument 400',
  );
});
