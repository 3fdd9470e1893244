import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { forkS3 } from './forked.ts';
import { createClient } from './support.ts';

const mebibyte = 1024 * 1024;
/** `EVERYFILE_STREAMED_MIB=5120` is the largest that a single PUT may be. */
const totalMebibytes = Number(process.env['EVERYFILE_STREAMED_MIB'] ?? '300');
const totalBytes = totalMebibytes * mebibyte;
const grownMebibytes = 100;

function* blocks(): Generator<Buffer> {
  for (let block = 0; block < totalMebibytes; block += 1) yield Buffer.alloc(mebibyte, block);
}

it(
  `streams ${totalMebibytes} MiB up and down while its memory grows by less than ${grownMebibytes}`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'everyfile-s3-memory-'));
    const forked = await forkS3(directory);
    const client = createClient(forked.port);
    const Bucket = 'bucket';
    await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'warm' }));
    await (await client.send(new GetObjectCommand({ Bucket, Key: 'small' }))).Body!.transformToString();
    const before = await forked.peakBytes();

    const sent = createHash('md5');
    for (const block of blocks()) sent.update(block);
    const eTag = `"${sent.digest('hex')}"`;
    const Body = Readable.from(blocks(), { objectMode: false });
    const stored = await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body, ContentLength: totalBytes }));
    expect(stored.ETag).toBe(eTag);

    const read = await client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    const received = createHash('md5');
    let receivedBytes = 0;
    for await (const chunk of read.Body as AsyncIterable<Buffer>) {
      received.update(chunk);
      receivedBytes += chunk.length;
      // A slow reader: what it does not take must stay on the disk of the sender, not in its memory.
      if (receivedBytes % (16 * mebibyte) < chunk.length) await new Promise((resolve) => setImmediate(resolve));
    }
    expect([receivedBytes, `"${received.digest('hex')}"`]).toEqual([totalBytes, eTag]);
    const grownBytes = (await forked.peakBytes()) - before;
    expect(grownBytes).toBeLessThan(grownMebibytes * mebibyte);
    process.stdout.write(`memory of the local S3 grew by ${String(Math.round(grownBytes / mebibyte))} MiB\n`);

    client.destroy();
    await forked.kill();
    await rm(directory, { recursive: true });
  },
  60_000 + 200 * totalMebibytes,
);
