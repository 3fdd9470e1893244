import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type OwnCloud } from '../../demo/cloud.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';

let cloud: OwnCloud;
let clients: Clients;
let lambda: LambdaClient;

beforeAll(async () => {
  // Every event of S3 is lost, so that only what the tests invoke runs.
  cloud = await startOwnCloud({ lose: 1 });
  clients = createClients(cloud.endpoint, 'test');
  lambda = new LambdaClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
  });
}, 130_000);
afterAll(async () => {
  lambda.destroy();
  clients.destroy();
  await cloud.stop();
});

const invoke = async (event: unknown): Promise<{ failed: boolean; answer: unknown }> => {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: 'everyfile-local-processor', Payload: JSON.stringify(event) }),
  );
  return { failed: FunctionError !== undefined, answer: JSON.parse(Buffer.from(Payload ?? []).toString()) };
};

const put = async (key: string, body: string): Promise<FileVersion> => {
  const { ETag } = await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: body }));
  return createFileVersion({ bucket: names.inbox, key, eTag: ETag ?? '', size: Buffer.byteLength(body) });
};

const recordOf = ({ bucket, key, eTag, size }: Omit<FileVersion, 'id'>) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key), eTag, size } },
});

const statusOf = async ({ id }: FileVersion): Promise<string | undefined> => {
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName: names.ledger, Key: { id: { S: id } }, ConsistentRead: true }),
  );
  return Item?.['status']?.S;
};

describe('the processor', () => {
  it('refuses an event that is not S3’s, saying what it got', async () => {
    expect(await invoke({ source: 'aws.events', detail: {} })).toEqual({
      failed: true,
      answer: expect.objectContaining({
        errorType: 'UnreadableEventError',
        errorMessage: 'expected an S3 event with "Records", got an object with source, detail',
      }),
    });
  });

  it('answers the event that S3 sends to test a target', async () => {
    expect(await invoke({ Service: 'Amazon S3', Event: 's3:TestEvent' })).toEqual({ failed: false, answer: [] });
  });

  it('refuses a record for a foreign bucket by name, and processes the others of the event', async () => {
    const file = await put('incoming/beside-a-foreign-one', 'A');
    const foreign = { bucket: 'another-bucket', key: 'incoming/a', eTag: 'e', size: 1 };
    const { failed, answer } = await invoke({ Records: [recordOf(foreign), recordOf(file)] });
    expect(failed).toBe(true);
    expect(answer).toMatchObject({
      errorType: 'ForeignObjectError',
      errorMessage: expect.stringContaining('is in bucket another-bucket;'),
    });
    expect(await statusOf(file)).toBe('DONE');
  });

  it('never touches what stands outside of incoming/', async () => {
    const kept = await put('quarantine/kept', 'A');
    expect(await invoke({ Records: [recordOf(kept)] })).toMatchObject({
      failed: true,
      answer: { errorType: 'ForeignObjectError' },
    });
    expect(await statusOf(kept)).toBeUndefined();
  });

  it('reads an event of two megabytes, loses no file in it, and keeps its error short', async () => {
    const file = await put('incoming/last-of-thousands', 'A');
    const foreign = { bucket: 'another-bucket', key: `incoming/${'x'.repeat(500)}`, eTag: 'e', size: 1 };
    const Records = [...Array.from({ length: 3_200 }, () => recordOf(foreign)), recordOf(file)];
    expect(JSON.stringify({ Records }).length).toBeGreaterThan(2_000_000);
    const { failed, answer } = await invoke({ Records });
    expect(failed).toBe(true);
    expect(answer).toMatchObject({
      errorType: 'UnreadableEventError',
      errorMessage: expect.stringMatching(/^3200 of 3201 records got no answer: /),
    });
    expect((answer as { errorMessage: string }).errorMessage.length).toBeLessThan(2_000);
    expect(await statusOf(file)).toBe('DONE');
  });

  it('is not even invoked with two megabytes asynchronously: Lambda takes one at most', async () => {
    const event = { Records: [], padding: 'x'.repeat(2_000_000) };
    const command = new InvokeCommand({
      FunctionName: 'everyfile-local-processor',
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    });
    await expect(lambda.send(command)).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
  });

  it('says gone for a file that is not there', async () => {
    const missing = createFileVersion({ bucket: names.inbox, key: 'incoming/never-was', eTag: 'e', size: 1 });
    expect(await invoke({ Records: [recordOf(missing)] })).toEqual({
      failed: false,
      answer: [{ fileId: missing.id, outcome: 'gone' }],
    });
  });
});
