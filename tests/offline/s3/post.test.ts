import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { GetObjectAttributesCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createByteReader } from '../../../offline/s3/byte-reader.ts';
import { refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'forms';
const now = new Date('2026-11-22T12:00:00Z');

beforeAll(async () => {
  test = await startTestS3({ now: () => now });
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const crc32Of = (text: string) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
};

const boundary = '----boundary';
const formOf = (fields: Readonly<Record<string, string>>, file?: string | Buffer, tail = '') => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="größe 1.txt"\r\nContent-Type: x/y\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(parts.join('')),
    ...(file === undefined ? [] : [Buffer.from(head), Buffer.from(file), Buffer.from('\r\n')]),
    Buffer.from(tail),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
};
const post = (body: Buffer) =>
  sendRaw(test.port, 'POST', `/${Bucket}`, {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body,
  });
const get = async (Key: string) => {
  const read = await test.client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await read.Body!.transformToByteArray());
};
const encode = (policy: object) => Buffer.from(JSON.stringify(policy)).toString('base64');
const policyOf = (conditions: unknown[], expiration = '2026-11-22T12:00:01Z') => encode({ expiration, conditions });
const codeOf = ({ status, body }: { status: number; body: string }) =>
  `${String(status)} ${/<Code>(\w+)</.exec(body)?.[1] ?? ''}`.trim();

it('stores the file of a form under its key, with the fields as headers', async () => {
  const answer = await post(
    formOf(
      { key: 'up/${filename}', 'Content-Type': 'text/plain', 'x-amz-meta-a': 'b', success_action_status: '201' },
      'hello\r\n--not the boundary',
    ),
  );
  expect(answer.status).toBe(201);
  expect(answer.body).toContain('<Key>up/größe 1.txt</Key>');
  expect((await get('up/größe 1.txt')).toString()).toBe('hello\r\n--not the boundary');
  const head = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'up/größe 1.txt' }));
  expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' } });
  expect(test.events.at(-1)).toMatchObject({ eventName: 'ObjectCreated:Post', key: 'up/größe 1.txt', size: 25 });
});

it('keeps metadata in any script, and refuses what no header could give back', async () => {
  const fields = { key: 'scripts', 'x-amz-meta-n': '日本', 'x-amz-meta-control': 'a b c\u0000' };
  expect((await post(formOf(fields, 'x'))).status).toBe(204);
  const { Metadata } = await test.client.send(new HeadObjectCommand({ Bucket, Key: 'scripts' }));
  expect(Metadata).toEqual({ n: '=?UTF-8?B?5pel5pys?=', control: '=?UTF-8?Q?a_b_c=00?=' });
  expect((await get('scripts')).toString()).toBe('x');
  for (const [name, value] of [
    ['Content-Type', 'text/plain\r\nx-injected: 1'],
    ['Content-Disposition', 'attachment; filename="日本"'],
    ['x-amz-meta-n', 'one\r\ntwo'],
    ['x-amz-meta-日本', 'n'],
  ] as const) {
    expect(codeOf(await post(formOf({ key: 'refused', [name]: value }, 'x')))).toBe('400 InvalidArgument');
  }
  expect(await refusalOf(get('refused'))).toBe('NoSuchKey 404');
});

it('finds the end of a file that is full of beginnings of the boundary, and reads over what follows', async () => {
  const file = Buffer.concat(
    Array.from({ length: 40_000 }, (_, n) => Buffer.from(`\r\n--${boundary}`.slice(0, 1 + (n % 13)))),
  );
  const tail = `--${boundary}\r\nContent-Disposition: form-data; name="after"\r\n\r\nignored\r\n`;
  expect((await post(formOf({ key: 'tricky' }, file, tail))).status).toBe(204);
  expect(await get('tricky')).toEqual(file);
});

it('finds a delimiter wherever the stream is cut', async () => {
  const source = Buffer.from('one\r\n--X two\r\n--\r\n--Xrest');
  for (let size = 1; size < source.length; size += 1) {
    const count = Math.ceil(source.length / size);
    const chunks = Array.from({ length: count }, (_, n) => source.subarray(n * size, (n + 1) * size));
    const reader = createByteReader(Readable.from(chunks));
    const found: string[] = [];
    for (let part = 0; part < 2; part += 1) {
      const pieces: Buffer[] = [];
      for await (const piece of reader.until(Buffer.from('\r\n--X'))) pieces.push(piece);
      found.push(Buffer.concat(pieces).toString());
    }
    expect(found).toEqual(['one', ' two\r\n--']);
  }
});

it('redirects where the form says so', async () => {
  const answer = await post(formOf({ key: 'redirected', success_action_redirect: 'http://example.com/done?x=1' }, 'x'));
  expect([answer.status, answer.headers.location]).toEqual([
    303,
    'http://example.com/done?x=1&bucket=forms&key=redirected&etag=%229dd4e461268c8034f5c8564e155c67a6%22',
  ]);
});

describe('the policy of a form', () => {
  const conditions = [{ bucket: Bucket }, ['starts-with', '$key', 'in/'], ['content-length-range', 2, 4]];
  const fields = { key: 'in/a', policy: policyOf(conditions), signature: 's', AWSAccessKeyId: 'a' };

  it.each([
    ['that holds', fields, 'xyz', '204'],
    ['with a file that is too short', fields, 'x', '400 EntityTooSmall'],
    ['with a file that is too long', fields, 'xxxxx', '400 EntityTooLarge'],
    ['with a key outside', { ...fields, key: 'out' }, 'xyz', '403 AccessDenied'],
    ['with a field that it does not cover', { ...fields, 'x-amz-meta-a': 'b' }, 'xyz', '403 AccessDenied'],
    ['that nobody has signed', { key: 'in/a', policy: fields.policy }, 'xyz', '400 InvalidArgument'],
    ['that is half signed', { ...fields, 'x-amz-credential': 'a' }, 'xyz', '400 InvalidArgument'],
    ['that has expired', { ...fields, policy: policyOf(conditions, now.toISOString()) }, 'xyz', '403 AccessDenied'],
    [
      'with an end in another form',
      { ...fields, policy: policyOf(conditions, '2026-11-22 12:00:01+00:00') },
      'xyz',
      '400 InvalidPolicyDocument',
    ],
    ['without an end', { ...fields, policy: encode({ conditions }) }, 'xyz', '400 InvalidPolicyDocument'],
    [
      'without conditions',
      { ...fields, policy: encode({ expiration: '2030-01-01T00:00:00Z' }) },
      'xyz',
      '400 InvalidPolicyDocument',
    ],
    [
      'with half a condition',
      { ...fields, policy: policyOf([['content-length-range', 1]]) },
      'xyz',
      '400 InvalidPolicyDocument',
    ],
    [
      'that holds for the key with the file name in it',
      { ...fields, key: '${filename}', policy: policyOf([{ bucket: Bucket }, ['starts-with', '$key', 'gr']]) },
      'xyz',
      '204',
    ],
    ['that is no JSON', { ...fields, policy: 'AAAA' }, 'xyz', '400 InvalidPolicyDocument'],
    ['for any bucket', { ...fields, policy: policyOf(conditions.slice(1)) }, 'xyz', '403 AccessDenied'],
    [
      'with a length that is no number',
      { ...fields, policy: policyOf([...conditions.slice(0, 2), ['content-length-range', 'a', 'b']]) },
      'xyz',
      '400 InvalidPolicyDocument',
    ],
    [
      'for another bucket',
      { ...fields, policy: policyOf([{ bucket: 'other' }, ...conditions.slice(1)]) },
      'xyz',
      '403 AccessDenied',
    ],
  ])('%s', async (_, sent, file, expected) => {
    expect(codeOf(await post(formOf(sent, file)))).toBe(expected);
  });
});

it('refuses what is no form, and a form without key or file', async () => {
  const plain = await sendRaw(test.port, 'POST', `/${Bucket}`, {
    headers: { 'content-type': 'text/plain' },
    body: 'x',
  });
  expect(codeOf(plain)).toBe('400 MalformedPOSTRequest');
  expect(codeOf(await post(formOf({}, 'x')))).toBe('400 InvalidArgument');
  expect(codeOf(await post(formOf({ key: 'a', 'x-amz-object-lock-mode': 'x' }, 'x')))).toBe('501 NotImplemented');
  expect(codeOf(await post(formOf({ key: 'a' })))).toBe('400 InvalidArgument');
  expect(codeOf(await post(formOf({ key: 'cut' }, 'x').subarray(0, -20)))).toBe('400 IncompleteBody');
  expect(await refusalOf(get('cut'))).toBe('NoSuchKey 404');
});

it('tells the attributes that are asked for, the eTag without quotes', async () => {
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'attributes', Body: 'x' }));
  const ask = (ObjectAttributes: ('ETag' | 'ObjectSize' | 'Checksum')[]) =>
    test.client.send(new GetObjectAttributesCommand({ Bucket, Key: 'attributes', ObjectAttributes }));
  expect(await ask(['ETag', 'Checksum'])).toMatchObject({
    ETag: '9dd4e461268c8034f5c8564e155c67a6',
    Checksum: { ChecksumCRC32: crc32Of('x') },
  });
  const size = await ask(['ObjectSize']);
  expect([size.ObjectSize, size.ETag]).toEqual([1, undefined]);
});
