import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { combineCrcs, createCrc, type CrcName } from '../../../offline/s3/crc.ts';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'multipart';
const minimum = 1000;
const [first, second] = [randomBytes(1500), randomBytes(700)];
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();

beforeAll(async () => {
  test = await startTestS3({ limits: { minimumPartBytes: minimum, maximumUploadBytes: 4000 } });
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const begin = async (Key: string, more = {}) =>
  (await test.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
const upload = async (
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  more = {},
): Promise<CompletedPart> => {
  const part = await test.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256 } = part;
  return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256 };
};
const complete = (Key: string, UploadId: string, Parts: CompletedPart[], more = {}) =>
  test.client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
const bytesOf = async (Key: string, more = {}) =>
  Buffer.from(
    await (await test.client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToByteArray(),
  );

const uploadWhole = async (Key: string, more = {}) => {
  const id = await begin(Key, more);
  const parts = [await upload(Key, id, 1, first), await upload(Key, id, 2, second)];
  return { id, parts, answer: await complete(Key, id, parts) };
};

it('joins the parts under an eTag of their eTags, with what the upload was begun with', async () => {
  const { answer } = await uploadWhole('joined', { ContentType: 'image/png', Metadata: { a: 'b' }, Tagging: 't=1' });
  const eTag = `"${md5(Buffer.concat([md5(first), md5(second)])).toString('hex')}-2"`;
  expect(answer).toMatchObject({ ETag: eTag, Bucket, Key: 'joined' });
  expect(await bytesOf('joined')).toEqual(Buffer.concat([first, second]));
  const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'joined' }));
  expect(head).toMatchObject({ ETag: eTag, ContentLength: 2200, ContentType: 'image/png', Metadata: { a: 'b' } });
  expect(test.events.at(-1)).toMatchObject({
    eventName: 'ObjectCreated:CompleteMultipartUpload',
    size: 2200,
    eTag: eTag.slice(1, -1),
  });
});

it('serves ranges across parts, and a part by its number', async () => {
  await uploadWhole('ranged');
  expect(await bytesOf('ranged', { Range: 'bytes=1490-1509' })).toEqual(
    Buffer.concat([first, second]).subarray(1490, 1510),
  );
  const part = await test.client.send(new GetObjectCommand({ Bucket, Key: 'ranged', PartNumber: 2 }));
  expect(part).toMatchObject({ PartsCount: 2, ContentRange: 'bytes 1500-2199/2200' });
  expect(Buffer.from(await part.Body!.transformToByteArray())).toEqual(second);
  expect(await refusalOf(bytesOf('ranged', { PartNumber: 3 }))).toBe('InvalidPartNumber 416');
});

it('answers a second completion as the first, without a second event', async () => {
  const { id, parts, answer } = await uploadWhole('twice');
  const events = test.events.length;
  const again = await complete('twice', id, parts);
  expect([again.ETag, again.Location]).toEqual([answer.ETag, answer.Location]);
  expect(test.events).toHaveLength(events);
  expect(await refusalOf(upload('twice', id, 3, first))).toBe('NoSuchUpload 404');
});

it('dates the object from the beginning of the upload', async () => {
  const times = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z')];
  const other = await startTestS3({ now: () => times[0]! });
  other.s3.createBucket(Bucket, { versioned: false });
  const { UploadId } = await other.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
  times.shift();
  const part = await other.client.send(
    new UploadPartCommand({ Bucket, Key: 'a', UploadId, PartNumber: 1, Body: first }),
  );
  await other.client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'a',
      UploadId,
      MultipartUpload: { Parts: [{ ...part, PartNumber: 1 }] },
    }),
  );
  const head = await other.client.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  expect(head.LastModified).toEqual(new Date('2026-01-01T00:00:00Z'));
  await other.remove();
});

it('refuses parts out of order, unknown, wrong, too small, or none', async () => {
  const id = await begin('refused');
  const parts = [
    await upload('refused', id, 1, first),
    await upload('refused', id, 2, second),
    await upload('refused', id, 3, second),
  ];
  const [one, two, three] = parts as [CompletedPart, CompletedPart, CompletedPart];
  expect(await refusalOf(complete('refused', id, [two, one]))).toBe('InvalidPartOrder 400');
  expect(await refusalOf(complete('refused', id, [one, one]))).toBe('InvalidPartOrder 400');
  expect(await refusalOf(complete('refused', id, [{ ...one, PartNumber: 9 }]))).toBe('InvalidPart 400');
  expect(await refusalOf(complete('refused', id, [{ ...one, PartNumber: 0 }]))).toBe('InvalidArgument 400');
  expect(await refusalOf(complete('refused', id, [{ ...one, ETag: two.ETag }]))).toBe('InvalidPart 400');
  expect(await refusalOf(complete('refused', id, [one, two, three]))).toBe('EntityTooSmall 400');
  expect(await refusalOf(complete('refused', id, []))).toBe('MalformedXML 400');
  expect(await refusalOf(upload('refused', id, 10_001, second))).toBe('InvalidArgument 400');
  expect(await refusalOf(upload('refused', '0'.repeat(32), 1, second))).toBe('NoSuchUpload 404');
  await complete('refused', id, [one, three]);
  expect(await bytesOf('refused')).toEqual(Buffer.concat([first, second]));
});

it('takes a part that is sent again in the place of the earlier one', async () => {
  const id = await begin('resent');
  await upload('resent', id, 1, first);
  const part = await upload('resent', id, 1, second);
  await complete('resent', id, [part]);
  expect(await bytesOf('resent')).toEqual(second);
});

it('judges conditions when it is completed, and stays open when they fail', async () => {
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'conditional', Body: 'x' }));
  const id = await begin('conditional');
  const part = await upload('conditional', id, 1, first);
  expect(await refusalOf(complete('conditional', id, [part], { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
  expect(await refusalOf(complete('conditional', id, [part], { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
  await complete('conditional', id, [part], { IfMatch: `"${md5(Buffer.from('x')).toString('hex')}"` });
});

it('frees the bodies of an upload that is aborted, and of parts that are left out', async () => {
  const bodies = async () =>
    (await readdir(join(test.directory, 'bodies'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  // Those of the tests before may still be on their way out.
  const before = new Set(await bodies());
  const added = async () => (await bodies()).filter((name) => !before.has(name));
  const id = await begin('aborted');
  await upload('aborted', id, 1, first);
  expect(await added()).toHaveLength(1);
  await test.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId: id }));
  expect(await refusalOf(test.client.send(new ListPartsCommand({ Bucket, Key: 'aborted', UploadId: id })))).toBe(
    'NoSuchUpload 404',
  );
  const end = Date.now() + 5000;
  while ((await added()).length > 0 && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
  expect(await added()).toEqual([]);
});

it('lists parts and uploads page by page', async () => {
  const id = await begin('listed/a');
  for (const number of [1, 2, 5]) await upload('listed/a', id, number, second);
  const list = (more = {}) =>
    test.client.send(new ListPartsCommand({ Bucket, Key: 'listed/a', UploadId: id, ...more }));
  const page = await list({ MaxParts: 2 });
  expect([page.Parts!.map((part) => part.PartNumber), page.IsTruncated, page.NextPartNumberMarker]).toEqual([
    [1, 2],
    true,
    '2',
  ]);
  const rest = await list({ PartNumberMarker: page.NextPartNumberMarker });
  expect([rest.Parts!.map((part) => part.PartNumber), rest.IsTruncated]).toEqual([[5], false]);
  expect(await refusalOf(list({ PartNumberMarker: 'abc' }))).toBe('InvalidArgument 400');
  expect(rest.Parts![0]).toMatchObject({ Size: 700, ETag: `"${md5(second).toString('hex')}"` });

  const ids = [
    id,
    await begin('listed/a'),
    await begin('listed/b'),
    await begin('listed/c/d'),
    await begin('listed/c/e'),
  ];
  const seen: string[] = [];
  let [KeyMarker, UploadIdMarker]: (string | undefined)[] = [];
  do {
    const uploads: ListMultipartUploadsCommandOutput = await test.client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', MaxUploads: 1, KeyMarker, UploadIdMarker }),
    );
    seen.push(...uploads.Uploads!.map((begun) => begun.UploadId!));
    [KeyMarker, UploadIdMarker] = [uploads.NextKeyMarker, uploads.NextUploadIdMarker];
    // What was listed is aborted, as a cleaner would: the next page must go on behind it all the same.
    await test.client.send(
      new AbortMultipartUploadCommand({
        Bucket,
        Key: uploads.Uploads![0]!.Key,
        UploadId: uploads.Uploads![0]!.UploadId,
      }),
    );
  } while (KeyMarker !== undefined);
  expect(seen).toEqual(ids);
});

it('groups uploads by a delimiter', async () => {
  await begin('grouped/c/d');
  await begin('grouped/c/e');
  const grouped = await test.client.send(
    new ListMultipartUploadsCommand({ Bucket, Prefix: 'grouped/', Delimiter: '/' }),
  );
  expect([grouped.CommonPrefixes, grouped.Uploads]).toEqual([[{ Prefix: 'grouped/c/' }], undefined]);
});

describe('copies', () => {
  it('make a part of a stretch of an object, pinned to its eTag', async () => {
    const { ETag } = await test.client.send(new PutObjectCommand({ Bucket, Key: 'part source', Body: first }));
    const id = await begin('composed');
    const copy = (PartNumber: number, more = {}) =>
      test.client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'composed',
          UploadId: id,
          PartNumber,
          CopySource: `${Bucket}/part%20source`,
          ...more,
        }),
      );
    const parts = [await copy(1, { CopySourceIfMatch: ETag }), await copy(2, { CopySourceRange: 'bytes=100-199' })];
    expect(await refusalOf(copy(3, { CopySourceIfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    expect(await refusalOf(copy(3, { CopySourceRange: 'bytes=0-1500' }))).toBe('InvalidRange 416');
    expect(await refusalOf(copy(3, { CopySourceRange: 'bytes=5-' }))).toBe('InvalidArgument 400');
    await complete(
      'composed',
      id,
      parts.map(({ CopyPartResult: part }, index) => ({
        PartNumber: index + 1,
        ETag: part!.ETag,
        ChecksumCRC32: part!.ChecksumCRC32,
      })),
    );
    expect(await bytesOf('composed')).toEqual(Buffer.concat([first, first.subarray(100, 200)]));
    await test.client.send(new PutObjectCommand({ Bucket, Key: 'part source', Body: 'gone' }));
    expect(await bytesOf('composed')).toEqual(Buffer.concat([first, first.subarray(100, 200)]));
  });

  it('of a multipart object have the MD5 of the bytes for an eTag', async () => {
    await uploadWhole('to copy');
    const { CopyObjectResult } = await test.client.send(
      new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/to%20copy` }),
    );
    expect(CopyObjectResult!.ETag).toBe(`"${md5(Buffer.concat([first, second])).toString('hex')}"`);
    expect(await bytesOf('copied')).toEqual(Buffer.concat([first, second]));
  });

  it('of what is above the limit are refused', async () => {
    const id = await begin('large');
    const parts: CompletedPart[] = [];
    for (const number of [1, 2, 3]) parts.push(await upload('large', id, number, first));
    await complete('large', id, parts);
    const copy = test.client.send(new CopyObjectCommand({ Bucket, Key: 'large copy', CopySource: `${Bucket}/large` }));
    expect(await refusalOf(copy)).toBe('InvalidRequest 400');
  });
});

describe('checksums', () => {
  it.each([
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as [ChecksumAlgorithm, ChecksumType][])('are summed up: %s %s', async (algorithm, ChecksumType) => {
    const id = await begin('summed', { ChecksumAlgorithm: algorithm, ChecksumType });
    const parts = [
      await upload('summed', id, 1, first, { ChecksumAlgorithm: algorithm }),
      await upload('summed', id, 2, second, { ChecksumAlgorithm: algorithm }),
    ];
    const name = `Checksum${algorithm}` as 'ChecksumCRC32';
    const wrong = parts[0]![name]! + (ChecksumType === 'COMPOSITE' ? '-2' : '');
    expect(await refusalOf(complete('summed', id, parts, { ChecksumType, [name]: wrong }))).toBe('BadDigest 400');
    const { [name]: right } = await complete('summed', id, parts, { ChecksumType });
    const answer = await complete('summed', id, parts, { ChecksumType, [name]: right });
    const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'summed', ChecksumMode: 'ENABLED' }));
    expect([head[name], head.ChecksumType]).toEqual([answer[name], ChecksumType]);
    const ofPart = { Bucket, Key: 'summed', PartNumber: 2, ChecksumMode: 'ENABLED' } as const;
    const read = await test.client.send(new GetObjectCommand(ofPart));
    expect([read[name], read.ChecksumType]).toEqual([parts[1]![name], ChecksumType]);
    expect(Buffer.from(await read.Body!.transformToByteArray())).toEqual(second);
    const { ObjectParts } = await test.client.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'summed', ObjectAttributes: ['ObjectParts'], MaxParts: 1 }),
    );
    expect(ObjectParts).toEqual({
      TotalPartsCount: 2,
      PartNumberMarker: '0',
      NextPartNumberMarker: '1',
      MaxParts: 1,
      IsTruncated: true,
      Parts: [{ PartNumber: 1, Size: first.length, [name]: parts[0]![name] }],
    });
    if (ChecksumType === 'FULL_OBJECT') {
      const put = await test.client.send(
        new PutObjectCommand({
          Bucket,
          Key: 'at once',
          Body: Buffer.concat([first, second]),
          ChecksumAlgorithm: algorithm,
        }),
      );
      expect(answer[name]).toBe(put[name]);
    } else expect(answer[name]).toMatch(/-2$/);
  });

  it('of every part must be in the completion of a composite upload', async () => {
    const id = await begin('strict', { ChecksumAlgorithm: 'SHA256' });
    const part = await upload('strict', id, 1, first, { ChecksumAlgorithm: 'SHA256' });
    expect(await refusalOf(complete('strict', id, [{ PartNumber: 1, ETag: part.ETag }]))).toBe('InvalidRequest 400');
    expect(await refusalOf(upload('strict', id, 2, first, { ChecksumAlgorithm: 'SHA1' }))).toBe('InvalidRequest 400');
    const bare = await sendRaw(test.port, 'PUT', `/${Bucket}/strict?partNumber=2&uploadId=${id}`, { body: 'x' });
    expect(bare.body).toContain('expected checksum Type: sha256, actual checksum Type: null');
    const wrong = { ...part, ChecksumSHA256: createHash('sha256').update('x').digest('base64') };
    expect(await refusalOf(complete('strict', id, [wrong]))).toBe('InvalidPart 400');
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME'] as CrcName[])('combine as if the bytes had been read in one: %s', (name) => {
    const crcOf = (...chunks: Buffer[]) => {
      const crc = createCrc(name);
      for (const chunk of chunks) crc.update(chunk);
      return crc.digest();
    };
    expect(combineCrcs(name, crcOf(first), crcOf(second), second.length)).toEqual(
      crcOf(Buffer.concat([first, second])),
    );
    expect(combineCrcs(name, crcOf(first), crcOf(), 0)).toEqual(crcOf(first));
    expect(crcOf(first.subarray(0, 7), first.subarray(7))).toEqual(crcOf(first));
  });

  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
  ] as [CrcName, string][])('%s has the check value of its definition', (name, value) => {
    const crc = createCrc(name);
    crc.update(Buffer.from('123456789'));
    expect(crc.digest().toString('hex')).toBe(value);
  });
});
