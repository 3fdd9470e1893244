import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { errorOf, refusalOf, sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'buckets';

beforeAll(async () => {
  test = await startTestS3({ now: () => new Date('2026-11-22T12:00:00.789Z') });
  test.s3.createBucket(Bucket, { versioned: false });
});
afterAll(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

it('creates, finds, lists and deletes buckets', async () => {
  await test.client.send(
    new CreateBucketCommand({ Bucket: 'made', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
  );
  await test.client.send(new CreateBucketCommand({ Bucket: 'made' }));
  expect((await test.client.send(new GetBucketLocationCommand({ Bucket: 'made' }))).LocationConstraint).toBe(
    'eu-central-1',
  );
  expect((await test.client.send(new HeadBucketCommand({ Bucket: 'made' }))).BucketRegion).toBe('eu-central-1');
  const { Buckets } = await test.client.send(new ListBucketsCommand({}));
  expect(Buckets).toEqual([
    { Name: Bucket, BucketRegion: 'us-east-1', CreationDate: new Date('2026-11-22T12:00:00Z') },
    { Name: 'made', BucketRegion: 'eu-central-1', CreationDate: new Date('2026-11-22T12:00:00Z') },
  ]);
  await test.client.send(new DeleteBucketCommand({ Bucket: 'made' }));
  expect(await refusalOf(test.client.send(new HeadBucketCommand({ Bucket: 'made' })))).toBe('NotFound 404');
  expect(await refusalOf(test.client.send(new CreateBucketCommand({ Bucket: 'No' })))).toBe('InvalidBucketName 400');
});

it('deletes no bucket that holds anything, a delete marker included, but one with only an open upload', async () => {
  test.s3.createBucket('holding', { versioned: true });
  await test.client.send(new DeleteObjectCommand({ Bucket: 'holding', Key: 'a' }));
  expect(await refusalOf(test.client.send(new DeleteBucketCommand({ Bucket: 'holding' })))).toBe('BucketNotEmpty 409');
  test.s3.createBucket('uploading', { versioned: false });
  await test.client.send(new CreateMultipartUploadCommand({ Bucket: 'uploading', Key: 'a' }));
  await test.client.send(new DeleteBucketCommand({ Bucket: 'uploading' }));
});

it('leaves what is in a bucket alone when it is created again in process', async () => {
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  test.s3.createBucket(Bucket, { versioned: false });
  expect((await sendRaw(test.port, 'GET', `/${Bucket}/a`)).body).toBe('x');
});

it('says for each configuration that there is none', async () => {
  expect(await refusalOf(test.client.send(new GetBucketPolicyCommand({ Bucket })))).toBe('NoSuchBucketPolicy 404');
  expect(await refusalOf(test.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
    'NoSuchLifecycleConfiguration 404',
  );
  expect(await refusalOf(test.client.send(new GetBucketEncryptionCommand({ Bucket })))).toBe(
    'ServerSideEncryptionConfigurationNotFoundError 404',
  );
  expect(await refusalOf(test.client.send(new GetPublicAccessBlockCommand({ Bucket })))).toBe(
    'NoSuchPublicAccessBlockConfiguration 404',
  );
  expect(
    (await test.client.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations,
  ).toBeUndefined();
});

it('keeps configurations and gives them back as they were sent', async () => {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await test.client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect((await test.client.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
  expect(await refusalOf(test.client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{' })))).toBe(
    'MalformedPolicy 400',
  );
  const rule = { ID: 'a<b', Status: 'Enabled' as const, Filter: { Prefix: 'x/' }, Expiration: { Days: 3 } };
  await test.client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
  );
  expect((await test.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual([rule]);
  await test.client.send(new DeleteBucketLifecycleCommand({ Bucket }));
  expect(await refusalOf(test.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
    'NoSuchLifecycleConfiguration 404',
  );
});

describe('errors', () => {
  it('have the shape of S3, with the id that is also in the header', async () => {
    const answer = await sendRaw(test.port, 'GET', `/${Bucket}/a%20%26%20b`);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/xml');
    const id = String(answer.headers['x-amz-request-id']);
    expect(id).toMatch(/^REQUEST\d+$/);
    expect(answer.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>' +
        `<Key>a &amp; b</Key><Resource>/${Bucket}/a &amp; b</Resource><RequestId>${id}</RequestId></Error>`,
    );
  });

  it('name an operation that is not built', async () => {
    const error = await errorOf(test.client.send(new GetObjectAclCommand({ Bucket, Key: 'a' })));
    expect([error.name, error.message]).toEqual(['NotImplemented', 'GetObjectAcl is not implemented by the local S3.']);
    expect(test.answers.at(-1)).toEqual({
      operation: 'GetObjectAcl',
      resource: `${Bucket}/a`,
      errorCode: 'NotImplemented',
    });
  });

  it.each([
    ['GET', `/${Bucket}?replication`, 501],
    ['GET', `/${Bucket}/a?retention`, 501],
    ['PATCH', `/${Bucket}/a`, 405],
    ['POST', `/${Bucket}/a`, 405],
    ['DELETE', `/${Bucket}?versioning`, 405],
    ['PUT', '/absent/a', 404],
    ['GET', '/absent', 404],
    ['GET', '/absent?versions', 404],
    ['GET', '/absent?uploads', 404],
    ['POST', '/absent?delete', 404],
  ])('answer %s %s with %d', async (method, path, status) => {
    expect((await sendRaw(test.port, method, path, { body: method === 'PUT' ? 'x' : '' })).status).toBe(status);
  });

  it.each([
    ['x-amz-expected-bucket-owner', '123456789012', 'AccessDenied'],
    ['x-amz-acl', 'public-read', 'AccessControlListNotSupported'],
    ['x-amz-server-side-encryption', 'aws:kms', 'NotImplemented'],
    ['x-amz-storage-class', 'CHEAP', 'InvalidStorageClass'],
    ['x-amz-tagging', 'a=1&a=2', 'InvalidTag'],
    ['x-amz-object-lock-mode', 'GOVERNANCE', 'NotImplemented'],
  ])('refuse %s: %s', async (name, value, code) => {
    const answer = await sendRaw(test.port, 'PUT', `/${Bucket}/refused`, { headers: { [name]: value }, body: 'x' });
    expect(/<Code>(\w+)</.exec(answer.body)?.[1]).toBe(code);
  });

  it.each([
    '',
    '<Delete>',
    '<Delete><Object></Object></Delete>',
    '<Delete></Delete>',
    'plain',
    '<Other><Object><Key>a</Key></Object></Other>',
  ])('refuse the batch delete %j', async (body) => {
    const { createHash } = await import('node:crypto');
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const answer = await sendRaw(test.port, 'POST', `/${Bucket}?delete`, { headers, body });
    expect([answer.status, /<Code>(\w+)</.exec(answer.body)?.[1]]).toEqual([400, 'MalformedXML']);
  });

  it('refuse a batch delete without a checksum', async () => {
    const answer = await sendRaw(test.port, 'POST', `/${Bucket}?delete`, {
      body: '<Delete><Object><Key>a</Key></Object></Delete>',
    });
    expect(answer.body).toContain('<Code>InvalidRequest</Code>');
  });
});

it('dates its answers by its own clock', async () => {
  expect((await sendRaw(test.port, 'GET', `/${Bucket}`)).headers.date).toBe('Sun, 22 Nov 2026 12:00:00 GMT');
});
