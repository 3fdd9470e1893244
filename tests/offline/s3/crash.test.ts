import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { forkS3 } from './forked.ts';
import { createClient, startTestS3 } from './support.ts';

const Bucket = 'bucket';
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** A small generator of repeatable numbers, so that a failure can be run again. */
const createRandom = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** What the senders know: of each key, what was sent last of all, and what was acknowledged last. */
type Sent = Map<string, { acknowledged: string | undefined; after: string[] }>;

const sendUntilCut = async (client: S3Client, sent: Sent, sender: number, random: () => number, tell: () => void) => {
  for (let number = 0; ; number += 1) {
    // Every third write goes to a key of the sender's own that is overwritten again and again.
    const Key = number % 3 === 0 ? `over/${String(sender)}` : `new/${String(sender)}/${String(number)}`;
    const Body = randomBytes(1 + Math.floor(random() * (random() < 0.2 ? 1_500_000 : 20_000)));
    const known = sent.get(Key) ?? { acknowledged: undefined, after: [] };
    known.after.push(md5(Body));
    sent.set(Key, known);
    try {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    } catch {
      return;
    }
    known.acknowledged = md5(Body);
    known.after = [];
    tell();
  }
};

it.each([1, 2, 3])(
  'a process that is killed while it writes has every acknowledged write and no torn body (seed %d)',
  async (seed) => {
    const random = createRandom(seed);
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-s3-crash-'));
    const forked = await forkS3(directory);
    const client = createClient(forked.port);
    const sent: Sent = new Map();
    const killAfter = 60 + Math.floor(random() * 60);
    let acknowledged = 0;
    let killed: Promise<void> | undefined;
    const tell = () => {
      acknowledged += 1;
      if (acknowledged === killAfter) killed = forked.kill();
    };
    await Promise.all(Array.from({ length: 6 }, (_, sender) => sendUntilCut(client, sent, sender, random, tell)));
    await killed;
    client.destroy();
    expect(acknowledged).toBeGreaterThanOrEqual(killAfter);

    const test = await startTestS3({ directory });
    const found = new Map<string, string>();
    const { Contents } = await test.client.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key, Size, ETag } of Contents!) {
      const bytes = await (await test.client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
      expect([bytes.length, `"${md5(bytes)}"`]).toEqual([Size, ETag]);
      found.set(Key!, md5(bytes));
    }
    for (const [key, known] of sent) {
      const allowed = [known.acknowledged, ...known.after];
      expect({ key, isAllowed: allowed.includes(found.get(key)) }).toEqual({ key, isAllowed: true });
    }
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
    const bodies = await readdir(join(directory, 'bodies'), { recursive: true, withFileTypes: true });
    expect(bodies.filter((entry) => entry.isFile())).toHaveLength(found.size);
    expect(test.faults).toEqual([]);
    await test.remove();
  },
);

it('removes what a crash left over and no object refers to', async () => {
  const test = await startTestS3();
  test.s3.createBucket(Bucket, { versioned: false });
  await test.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
  await test.stop();
  await writeFile(join(test.directory, 'tmp', 'torn'), 'half');
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
