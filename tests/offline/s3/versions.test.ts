import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'versions';
const put = async (Key: string, Body: string, bucket = Bucket) =>
  (await test.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))).VersionId;
const get = (Key: string, VersionId?: string) => test.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
const textOf = async (Key: string, VersionId?: string) => (await get(Key, VersionId)).Body!.transformToString();
const remove = (Key: string, more = {}) => test.client.send(new DeleteObjectCommand({ Bucket, Key, ...more }));
const list = (more = {}) => test.client.send(new ListObjectVersionsCommand({ Bucket, ...more }));

beforeAll(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: true });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

it('keeps every version and reads each by its id', async () => {
  const [one, two] = [await put('kept', '1'), await put('kept', '2')];
  expect(one).not.toBe(two);
  expect([await textOf('kept'), await textOf('kept', one), await textOf('kept', two)]).toEqual(['2', '1', '2']);
  expect((await get('kept')).VersionId).toBe(two);
  expect(await refusalOf(get('kept', 'A'.repeat(32)))).toBe('NoSuchVersion 404');
  expect(await refusalOf(get('kept', 'nonsense'))).toBe('InvalidArgument 400');
});

it('puts a delete marker on top, and the key is gone from reads and lists', async () => {
  const id = await put('marked', '1');
  const marker = await remove('marked');
  expect(marker).toMatchObject({ DeleteMarker: true });
  expect(test.events.at(-1)).toMatchObject({
    eventName: 'ObjectRemoved:DeleteMarkerCreated',
    key: 'marked',
    versionId: marker.VersionId,
  });
  const answer = await sendRaw(test.port, 'GET', `/${Bucket}/marked`);
  expect([answer.status, answer.headers['x-amz-delete-marker'], answer.headers['x-amz-version-id']]).toEqual([
    404,
    'true',
    marker.VersionId,
  ]);
  expect((await test.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'marked' }))).KeyCount).toBe(0);
  expect(
    await refusalOf(test.client.send(new HeadObjectCommand({ Bucket, Key: 'marked', VersionId: marker.VersionId }))),
  ).toMatch(/405$/);
  expect(await refusalOf(get('marked', marker.VersionId))).toBe('MethodNotAllowed 405');
  expect(await textOf('marked', id)).toBe('1');
});

it('brings the object back when its marker is deleted', async () => {
  await put('back', '1');
  const { VersionId } = await remove('back');
  expect(await remove('back', { VersionId })).toMatchObject({ DeleteMarker: true, VersionId });
  expect(await textOf('back')).toBe('1');
});

it('deletes one version for good and makes the one before it current', async () => {
  const [one, two] = [await put('for good', '1'), await put('for good', '2')];
  expect(await remove('for good', { VersionId: two })).toMatchObject({ VersionId: two });
  expect(test.events.at(-1)).toMatchObject({ eventName: 'ObjectRemoved:Delete', versionId: two });
  expect(await textOf('for good')).toBe('1');
  expect(await refusalOf(get('for good', two))).toBe('NoSuchVersion 404');
  expect((await remove('for good', { VersionId: two })).$metadata.httpStatusCode).toBe(204);
  expect(
    (await list({ Prefix: 'for good' })).Versions!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
  ).toEqual([[one, true]]);
});

it('judges If-Match of a delete on the current version, a marker being none', async () => {
  await put('judged', '1');
  const { ETag } = await get('judged');
  await put('judged', '2');
  expect(await refusalOf(remove('judged', { IfMatch: ETag }))).toBe('PreconditionFailed 412');
  await remove('judged', { IfMatch: (await get('judged')).ETag });
  expect(await refusalOf(remove('judged', { IfMatch: ETag }))).toBe('NoSuchKey 404');
});

it('puts onto a delete marker with If-None-Match: *', async () => {
  await put('reborn', '1');
  await remove('reborn');
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'reborn', Body: '2', IfNoneMatch: '*' }));
});

it('brings an older version back by a copy onto itself', async () => {
  const one = await put('restored', '1');
  await put('restored', '2');
  const CopySource = `${Bucket}/restored?versionId=${one!}`;
  const copied = await test.client.send(new CopyObjectCommand({ Bucket, Key: 'restored', CopySource }));
  expect(copied.CopySourceVersionId).toBe(one);
  expect(await textOf('restored')).toBe('1');
});

it('copies no delete marker, named or not', async () => {
  await put('unmade', '1');
  const { VersionId } = await remove('unmade');
  const copy = (source: string) =>
    test.client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/${source}` }));
  expect(await refusalOf(copy('unmade'))).toBe('NoSuchKey 404');
  expect(await refusalOf(copy(`unmade?versionId=${VersionId!}`))).toBe('InvalidRequest 400');
  expect(await refusalOf(copy(`unmade?versionId=${'A'.repeat(32)}`))).toBe('NoSuchVersion 404');
});

it('tells markers and versions apart in a batch delete', async () => {
  const id = await put('batch', '1');
  const { Deleted } = await test.client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'batch' }, { Key: 'batch', VersionId: id }] } }),
  );
  expect(Deleted).toEqual([
    { Key: 'batch', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    { Key: 'batch', VersionId: id },
  ]);
});

describe('the list of versions', () => {
  const namesOf = ({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput) => [
    ...Versions.map((version) => `${version.Key!} ${version.VersionId!}`),
    ...DeleteMarkers.map((marker) => `${marker.Key!} ${marker.VersionId!}`),
  ];

  it.each([1, 2, 3, 1000])('in pages of %d has every version once, the newest of a key first', async (MaxKeys) => {
    const prefix = `paged-${String(MaxKeys)}/`;
    const expected: string[] = [];
    for (const key of ['a', 'b', 'c'].map((name) => prefix + name)) {
      const ids = [await put(key, '1'), await put(key, '2'), (await remove(key)).VersionId, await put(key, '3')];
      expected.push(...ids.reverse().map((id) => `${key} ${id!}`));
    }
    const seen: string[] = [];
    let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
    do {
      const page = await list({ Prefix: prefix, MaxKeys, KeyMarker, VersionIdMarker });
      seen.push(...namesOf(page));
      [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
    } while (KeyMarker !== undefined);
    expect(seen.sort()).toEqual(expected.sort());
  });

  it('goes on behind versions that were deleted since the last page', async () => {
    for (let round = 0; round < 5; round += 1) await put('emptied/a', String(round));
    let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
    do {
      const page = await list({ Prefix: 'emptied/', MaxKeys: 2, KeyMarker, VersionIdMarker });
      for (const { Key, VersionId } of page.Versions ?? []) await remove(Key!, { VersionId });
      [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
    } while (KeyMarker !== undefined);
    expect(namesOf(await list({ Prefix: 'emptied/' }))).toEqual([]);
  });

  it('repeats nothing when the version that ended a page is deleted', async () => {
    const ids: (string | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) ids.unshift(await put('repeated', String(round)));
    const page = await list({ Prefix: 'repeated', MaxKeys: 2 });
    await remove('repeated', { VersionId: page.NextVersionIdMarker });
    const rest = await list({
      Prefix: 'repeated',
      KeyMarker: page.NextKeyMarker,
      VersionIdMarker: page.NextVersionIdMarker,
    });
    expect([...page.Versions!, ...rest.Versions!].map(({ VersionId }) => VersionId)).toEqual(ids);
  });

  it('is ordered within a key and marks the latest', async () => {
    await put('ordered', '1');
    await put('ordered', '2');
    const { Versions } = await list({ Prefix: 'ordered' });
    expect(await Promise.all(Versions!.map(({ VersionId }) => textOf('ordered', VersionId)))).toEqual(['2', '1']);
    expect(Versions!.map(({ IsLatest }) => IsLatest)).toEqual([true, false]);
  });

  it('groups by a delimiter', async () => {
    await put('grouped/a/1', 'x');
    await put('grouped/a/1', 'y');
    await put('grouped/b', 'x');
    const page = await list({ Prefix: 'grouped/', Delimiter: '/' });
    expect([page.CommonPrefixes, page.Versions!.map(({ Key }) => Key)]).toEqual([
      [{ Prefix: 'grouped/a/' }],
      ['grouped/b'],
    ]);
  });
});

it('gives version null before and after versioning, in the place of the other null', async () => {
  const bucket = 'suspended';
  test.s3.createBucket(bucket, { versioned: false });
  const versioning = async () => (await test.client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status;
  const set = (Status: 'Enabled' | 'Suspended') =>
    test.client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
  const ids = async () =>
    (await test.client.send(new ListObjectVersionsCommand({ Bucket: bucket }))).Versions!.map(
      ({ VersionId }) => VersionId,
    );
  expect(await versioning()).toBeUndefined();
  expect(await put('a', '1', bucket)).toBeUndefined();
  await set('Enabled');
  expect(await versioning()).toBe('Enabled');
  const second = await put('a', '2', bucket);
  expect(await ids()).toEqual([second, 'null']);
  await set('Suspended');
  expect(await put('a', '3', bucket)).toBe('null');
  expect(await ids()).toEqual(['null', second]);
  const marker = await test.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }));
  expect(marker).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
  expect(await ids()).toEqual([second]);
});
