import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startTestS3 } from './support.ts';

const Bucket = 'bucket';

it('removes what a crash left over and no object refers to', async () => {
  const test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
  await test.stop();
  await writeFile(join(test.directory, 'tmp', 'torn'), 'half');
  await mkdir(join(test.directory, 'bodies', 'ab'), { recursive: true });
  await writeFile(join(test.directory, 'bodies', 'ab', 'ab'.repeat(16)), 'orphan');
  const again = await startTestS3({ directory: test.directory });
  expect(await readdir(join(test.directory, 'tmp'))).toEqual([]);
  expect(await readdir(join(test.directory, 'bodies', 'ab'))).not.toContain('ab'.repeat(16));
  const read = await again.client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  expect(await read.Body!.transformToString()).toBe('x');
  await again.remove();
});

it('keeps a second one out of its folder', async () => {
  const test = await startTestS3();
  await expect(startTestS3({ directory: test.directory })).rejects.toThrow(/in use by another local cloud/);
  await test.remove();
});

it('opens a folder again after it was closed, with everything in it', async () => {
  const test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: true });
  const { VersionId } = await test.client.send(
    new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', Metadata: { m: '1' } }),
  );
  await test.stop();
  const again = await startTestS3({ directory: test.directory });
  const read = await again.client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  expect([await read.Body!.transformToString(), read.VersionId, read.Metadata]).toEqual(['x', VersionId, { m: '1' }]);
  await again.stop();
  await rm(test.directory, { recursive: true });
});
