import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createS3ObjectStore } from '../../lib/adapters/s3-object-store.ts';
import { createS3Quarantine } from '../../lib/adapters/s3-quarantine.ts';
import { createSqsWorkQueue } from '../../lib/adapters/sqs-work-queue.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { quarantineKey } from '../../lib/domain/quarantine.ts';
import { parseQueueMessage } from '../../lib/events/queue-message.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import { localNames, startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { conflictsOf } from './client-faults.ts';

const bucket = localNames.inboxBucket;
const hostile = ['a b', 'a+b', '100%', '%2F', '日本', '😀', '//double', '..', 'quote"\'', 'amp&<>', '\u0007bell'];

let cloud: TestCloud;
let s3: S3Client;
let dynamodb: DynamoDBClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startTestCloud();
  s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
  dynamodb = new DynamoDBClient(cloud.clientConfig());
  sqs = new SQSClient(cloud.clientConfig());
}, 30_000);
afterAll(async () => {
  for (const client of [s3, dynamodb, sqs]) client.destroy();
  await cloud.close();
});

const put = async (key: string, body = key, extra = {}): Promise<FileVersion> => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...extra }));
  return createFileVersion({ bucket, key, eTag: ETag ?? '', size: Buffer.byteLength(body) });
};
const uploadsOf = async ({ key }: FileVersion): Promise<unknown[]> => {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.filter(({ Key }) => Key === key);
};
const store = (copyBytes?: number) =>
  createS3ObjectStore(s3, {
    inboxBucket: bucket,
    inboxPrefix: 'incoming/',
    outputsBucket: localNames.outputsBucket,
    ...(copyBytes !== undefined && { copyBytes }),
  });

describe('the object store on S3', () => {
  it('lists every odd name as the file version that an event would name, by S3’s own clock', async () => {
    const files = await Promise.all(hostile.map((name) => put(`incoming/odd/${name}`)));
    const page = await store().list(undefined);
    const listed = page.objects.map(({ file }) => file.id).filter((id) => id.includes('/odd/'));
    expect(listed.sort()).toEqual(files.map(({ id }) => id).sort());
    for (const { lastModified } of page.objects) expect(lastModified).toBeLessThanOrEqual(page.listedAt + 1000);
  });

  it('lists page by page, each object once', async () => {
    const names = Array.from({ length: 1_050 }, (_, n) => `incoming/many/${String(n)}`);
    await inParallel(names, 16, (name) => put(name, 'x'));
    const keys: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
      const page = await store().list(cursor);
      keys.push(...page.objects.map(({ file }) => file.key).filter((key) => key.startsWith('incoming/many/')));
      cursor = page.next;
    }
    expect(pages).toBe(2);
    expect(new Set(keys).size).toBe(1_050);
    expect(keys).toHaveLength(1_050);
  });

  it('refires an object by copying it there and back, as the same file version', async () => {
    const file = await put('incoming/refired ü');
    expect(await store().refire(file, 'bak/refired')).toBe('refired');
    expect(await store().stands(file)).toBe(true);
    await put('incoming/refired ü', 'newer');
    expect(await store().refire(file, 'bak/refired')).toBe('absent');
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'incoming/refired ü' }));
    expect(await Body?.transformToString()).toBe('newer');
  });

  it('does not refire what a copy would rename', async () => {
    const Key = 'incoming/multipart';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    const part = { Bucket: bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'body' }));
    const done = await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
    const file = createFileVersion({ bucket, key: Key, eTag: done.ETag ?? '', size: 4 });
    expect(file.eTag).toMatch(/-1$/);
    expect(await store().refire(file, 'bak/multipart')).toBe('changed');
    expect(await store().stands(file)).toBe(true);
  });

  it('copies a large object by parts, with its head and its tags', async () => {
    const file = await put('incoming/large', 'x'.repeat(1_000), {
      ContentType: 'text/csv',
      Metadata: { from: 'me' },
      Tagging: 'kind=a%20b',
    });
    expect(await store(10).copy(file, 'quarantine/large')).toBe('copied');
    const copy = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'quarantine/large' }));
    expect(copy).toMatchObject({ ContentType: 'text/csv', Metadata: { from: 'me' }, ContentLength: 1_000 });
    copy.Body?.transformToString().catch(() => undefined);
    const tags = await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'quarantine/large' }));
    expect(tags.TagSet).toEqual([{ Key: 'kind', Value: 'a b' }]);
    await put('incoming/large', 'newer');
    expect(await store(10).copy(file, 'quarantine/too-late')).toBe('absent');
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'quarantine/too-late' }));
    expect(KeyCount).toBe(0);
  });

  it('restores a large file from quarantine by parts, with its head, as another version, and over no other', async () => {
    const file = await put('incoming/large', 'y'.repeat(1_000), { ContentType: 'text/csv' });
    await store(10).copy(file, quarantineKey(file));
    await store(10).remove(file);
    const quarantine = createS3Quarantine(s3, { inboxBucket: bucket, copyBytes: 10 });
    expect(await quarantine.restore(file)).toBe('restored');
    const restored = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: file.key }));
    expect(restored).toMatchObject({
      ContentType: 'text/csv',
      ContentLength: 1_000,
      ETag: expect.stringMatching(/-1"$/),
    });
    restored.Body?.transformToString().catch(() => undefined);
    expect(await quarantine.restore(file)).toBe('occupied');
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: quarantineKey(file) }));
    expect(await quarantine.restore(file)).toBe('absent');
    expect(await uploadsOf(file)).toEqual([]);
  });

  it('leaves a restore by parts whose end is raced (409) to the next, with no upload left behind', async () => {
    const file = await put('incoming/raced', 'z'.repeat(1_000));
    await store(10).copy(file, quarantineKey(file));
    await store(10).remove(file);
    const raced = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
    const quarantine = createS3Quarantine(raced, { inboxBucket: bucket, copyBytes: 10 });
    // Of the calls of such a restore, the last one alone is a conditional write.
    conflictsOf(raced)(1);
    await expect(quarantine.restore(file)).rejects.toThrow(ServiceUnavailableError);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: file.key }));
    expect([Contents, await uploadsOf(file)]).toEqual([[], []]);
    expect(await quarantine.restore(file)).toBe('restored');
    raced.destroy();
  });
});

describe('the ledger on DynamoDB, as the sweeper sees it', () => {
  const ledger = () => createDynamoDbLedger(dynamodb, { tableName: localNames.ledgerTable, retentionDays: 400 });
  const fileOf = (n: number) => createFileVersion({ bucket, key: `incoming/${String(n)}`, eTag: 'e', size: 1 });
  const bounds = { now: 1_000_000, skewMs: 500, maxAttempts: 3 };
  const claim = (file: FileVersion) =>
    ledger().claim({ file, owner: 'me', via: 'event', leaseUntil: 1_005_000, bounds });

  it('reads any number of items, a hundred a call', async () => {
    const files = Array.from({ length: 250 }, (_, n) => fileOf(n));
    await Promise.all(files.slice(0, 120).map(claim));
    const before = cloud.requestLog.read(0).entries.length;
    const items = await ledger().readAll([...files, ...files]);
    expect(items.size).toBe(120);
    expect(items.get(fileOf(7).id)).toMatchObject({ status: 'PROCESSING', key: 'incoming/7' });
    const calls = cloud.requestLog
      .read(0)
      .entries.slice(before)
      .map(({ operation }) => operation);
    expect(calls).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
  });

  it('walks the items that still hold an outbox, and only those', async () => {
    const [quiet, telling] = [fileOf(1_001), fileOf(1_002)];
    await claim(quiet);
    await claim(telling);
    const outbox = [{ id: 'n', kind: 'processed' as const, subject: 's', text: 't', data: { a: 1 } }];
    const at = { owner: 'me', now: 1_000_001 };
    const result = { metadata: {}, outputs: [], outbox: [] };
    await ledger().commit({ ...at, file: quiet, result });
    await ledger().commit({ ...at, file: telling, result: { ...result, outbox } });
    expect(await ledger().readOpen()).toMatchObject([{ id: telling.id, outbox }]);
    await ledger().clearOutbox({ ...at, file: telling });
    expect(await ledger().readOpen()).toEqual([]);
  });

  it('marks a file as sent, whether or not it has an item, and a claim takes the mark away', async () => {
    const file = fileOf(2_000);
    await ledger().markSent({ file, now: 5 });
    await ledger().markSent({ file, now: 6 });
    expect((await ledger().readAll([file])).get(file.id)).toMatchObject({ sentAt: 6, sends: 2 });
    const claimed = await claim(file);
    expect(claimed.written).toBe(true);
    expect(claimed.item).not.toHaveProperty('sends');
  });
});

describe('the work queue on SQS', () => {
  it('carries any number of files, of any name, in the shape of S3’s own notifications', async () => {
    const queue = createSqsWorkQueue(sqs, { queueUrl: cloud.queueUrl(localNames.workQueue), clock: systemClock });
    const names = [...hostile, ...Array.from({ length: 14 }, (_, n) => `plain ${String(n)}`)];
    const files = names.map((name) => createFileVersion({ bucket, key: `incoming/${name}`, eTag: 'e', size: 1 }));
    expect(await queue.sendAll(files)).toHaveLength(files.length);
    await queue.send(createFileVersion({ bucket, key: 'incoming/single', eTag: 'e', size: 1 }), 0);
    const keys: string[] = [];
    for (let messages = await queue.receive(1); messages.length > 0; messages = await queue.receive(1)) {
      for (const { body } of messages) keys.push(...parseQueueMessage(body).files.map(({ key }) => key));
      await queue.deleteAll(messages);
    }
    expect(keys.sort()).toEqual([...files.map(({ key }) => key), 'incoming/single'].sort());
  });
});
