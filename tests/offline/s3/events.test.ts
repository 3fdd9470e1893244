import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { sendRaw, startTestS3, type TestS3 } from './support.ts';

let test: TestS3;
const Bucket = 'events';

beforeEach(async () => {
  test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
});
afterEach(async () => {
  expect(test.faults).toEqual([]);
  await test.remove();
});

const put = (Key: string) => test.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

it('tells who did what to which object, with the bare eTag', async () => {
  await put('a');
  expect(test.events).toEqual([
    {
      eventName: 'ObjectCreated:Put',
      eventTime: expect.any(Date),
      bucket: Bucket,
      key: 'a',
      size: 1,
      eTag: '9dd4e461268c8034f5c8564e155c67a6',
      sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
      requestId: 'REQUEST1',
      principalId: 'AWS:tester',
      sourceIpAddress: '127.0.0.1',
    },
  ]);
});

it('tells of each removal that removed something, those of a batch too', async () => {
  for (const key of ['a', 'b', 'c']) await put(key);
  test.events.length = 0;
  await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'absent' }));
  await test.client.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: { Quiet: true, Objects: [{ Key: 'b' }, { Key: 'absent' }, { Key: 'c' }] },
    }),
  );
  expect(test.events.map(({ eventName, key }) => `${eventName} ${key}`)).toEqual([
    'ObjectRemoved:Delete a',
    'ObjectRemoved:Delete b',
    'ObjectRemoved:Delete c',
  ]);
});

it('is silent about what was refused', async () => {
  await put('a');
  await sendRaw(test.port, 'PUT', `/${Bucket}/a`, { headers: { 'if-none-match': '*' }, body: 'x' });
  await sendRaw(test.port, 'PUT', `/${Bucket}/a`, {
    headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    body: 'x',
  });
  expect(test.events).toHaveLength(1);
});

it('numbers the changes of a key upwards, over removals and restarts', async () => {
  await put('a');
  await test.client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await test.stop();
  const again = await startTestS3({ directory: test.directory });
  await again.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'y' }));
  await again.client.send(
    new CopyObjectCommand({ Bucket, Key: 'a', CopySource: `${Bucket}/a`, MetadataDirective: 'REPLACE' }),
  );
  const sequencers = [...test.events, ...again.events].map((event) => event.sequencer);
  expect(sequencers).toHaveLength(4);
  expect([...new Set(sequencers)].sort()).toEqual(sequencers);
  test = again;
});

it('comes when the object can be read, and before the answer', async () => {
  const seen: number[] = [];
  const bodies: string[][] = [];
  const read: Promise<number>[] = [];
  test.s3.onObjectEvent(() => {
    seen.push(test.answers.length);
    bodies.push(
      readdirSync(join(test.directory, 'bodies'), { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.length > 2,
      ),
    );
    read.push(sendRaw(test.port, 'GET', `/${Bucket}/a`).then((answer) => answer.status));
  });
  await put('a');
  expect(seen).toEqual([0]);
  expect(bodies).toEqual([[expect.stringMatching(/^..\/[0-9a-f]{32}$/)]]);
  expect(await Promise.all(read)).toEqual([200]);
});
