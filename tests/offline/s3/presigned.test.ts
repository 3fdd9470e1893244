import { GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'presigned';
const now = new Date('2026-11-22T12:00:00.500Z');

beforeAll(async () => {
  test = await startTestS3({ now: () => now });
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const signed = (date: string, expires: number) =>
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=${String(expires)}&X-Amz-Signature=x`;
const send = (method: string, query: string) =>
  sendRaw(test.port, method, `/${Bucket}/presigned?${query}`, { body: method === 'PUT' ? 'p' : '' });

it('serves put and get by a URL until it expires, then 403', async () => {
  expect((await send('PUT', signed('20261122T115900Z', 61))).status).toBe(200);
  expect((await send('GET', signed('20261122T115900Z', 61))).body).toBe('p');
  const late = await send('GET', signed('20261122T115900Z', 60));
  expect([late.status, /<Message>(.*?)</.exec(late.body)?.[1]]).toEqual([403, 'Request has expired']);
});

it('takes the end of a URL of the older signature', async () => {
  const second = Date.parse('2026-11-22T12:00:00Z') / 1000;
  expect((await send('GET', `AWSAccessKeyId=a&Signature=b&Expires=${String(second + 1)}`)).status).toBe(200);
  expect((await send('GET', `AWSAccessKeyId=a&Signature=b&Expires=${String(second)}`)).status).toBe(403);
});

it.each([
  ['X-Amz-Expires=60&X-Amz-Date=20261122T121501Z', 'Request is not yet valid'],
  ['AWSAccessKeyId=a&Signature=b&Expires=abc', 'Invalid date (should be seconds since epoch): abc'],
])('denies %s', async (query, message) => {
  const answer = await send('GET', query);
  expect([answer.status, /<Message>(.*?)</.exec(answer.body)?.[1]]).toEqual([403, message]);
});

it('lets the clock of the sender be a quarter of an hour ahead', async () => {
  expect((await send('PUT', signed('20261122T121500Z', 60))).status).toBe(200);
});

it.each(['X-Amz-Expires=604801&X-Amz-Date=20261122T115900Z', 'X-Amz-Expires=60&X-Amz-Date=today', 'X-Amz-Expires=x'])(
  'refuses %s',
  async (query) => {
    expect((await send('GET', query)).body).toContain('AuthorizationQueryParametersError');
  },
);

describe('headers in the query of a URL', () => {
  // As the JavaScript SDK presigns: it moves every header that begins with x-amz- into the query.
  const hoisted =
    'x-amz-meta-sender=a%20b&X-Amz-Meta-Script=%E6%97%A5&x-amz-tagging=k%3Dv%26l%3Dw&x-amz-storage-class=STANDARD_IA';
  const head = () => test.client.send(new HeadObjectCommand({ Bucket, Key: 'presigned' }));

  it('count as if they had been sent, the checksums of a body apart that was not known yet', async () => {
    const checksums = 'x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&X-Amz-Content-Sha256=x';
    const query = `${signed('20261122T115900Z', 61)}&${hoisted}&${checksums}&x-id=PutObject`;
    expect((await send('PUT', query)).status).toBe(200);
    const { Metadata, StorageClass } = await head();
    expect(Metadata).toEqual({ sender: 'a b', script: '=?UTF-8?B?5pel?=' });
    expect(StorageClass).toBe('STANDARD_IA');
    const { TagSet } = await test.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'presigned' }));
    expect(TagSet).toEqual([
      { Key: 'k', Value: 'v' },
      { Key: 'l', Value: 'w' },
    ]);
  });

  it('ask for the checksum that an object has', async () => {
    await sendRaw(test.port, 'PUT', `/${Bucket}/summed`, {
      body: '123456789',
      headers: { 'x-amz-checksum-crc32': 'y/Q5Jg==' },
    });
    const url = `/${Bucket}/summed?${signed('20261122T115900Z', 61)}`;
    expect((await sendRaw(test.port, 'GET', url)).headers).not.toHaveProperty('x-amz-checksum-crc32');
    const asked = await sendRaw(test.port, 'GET', `${url}&x-amz-checksum-mode=ENABLED`);
    expect(asked.headers).toHaveProperty('x-amz-checksum-crc32', 'y/Q5Jg==');
  });

  it('give way to those that are sent', async () => {
    const path = `/${Bucket}/presigned?${signed('20261122T115900Z', 61)}&${hoisted}`;
    await sendRaw(test.port, 'PUT', path, { headers: { 'x-amz-meta-sender': 'sent' } });
    expect((await head()).Metadata).toMatchObject({ sender: 'sent' });
  });

  it('count for nothing where the URL is not signed', async () => {
    await send('PUT', hoisted);
    const { Metadata, StorageClass } = await head();
    expect([Metadata, StorageClass]).toEqual([{}, undefined]);
  });

  it.each([
    ['x-amz-meta-a=b%0D%0Ac', 400],
    ['x-amz-meta-%E6%97%A5=a', 400],
    ['x-amz-expected-bucket-owner=111111111111', 403],
  ])('are refused as they would be in a header: %s', async (query, status) => {
    expect((await send('PUT', `${signed('20261122T115900Z', 61)}&${query}`)).status).toBe(status);
  });
});
