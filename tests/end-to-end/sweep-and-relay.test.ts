import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createClients, names, type Clients } from '../../demo/clients.ts';
import { startOwnCloud, type CloudOptions, type OwnCloud } from '../../demo/cloud.ts';
import { listObjects } from '../../demo/collect-facts.ts';
import { readRequests, readStatus } from '../../demo/control.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import { isIdle } from '../../demo/wait-until-quiet.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import type { LedgerItem } from '../../lib/domain/ledger-item.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';
import { waitFor } from './support.ts';

/** Starting a cloud takes seconds; what a test waits for may take several runs of the sweeper and the relay. */
const limitMs = 180_000;

/** The queue whose messages tell of files, and the one that gets what nobody can read. */
type QueueName = 'everyfile-local-work' | 'everyfile-local-work-dlq';

/** A cloud of the tests below, and what they do to it. */
const cloudWith = (options: CloudOptions) => {
  let cloud: OwnCloud;
  let clients: Clients;
  let lambda: LambdaClient;
  beforeAll(async () => {
    cloud = await startOwnCloud(options);
    clients = createClients(cloud.endpoint, 'test');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
    lambda = new LambdaClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials });
  }, limitMs);
  afterAll(async () => {
    lambda.destroy();
    clients.destroy();
    await cloud.stop();
  });

  const queueUrl = (name: QueueName): string => `${cloud.endpoint}/000000000000/${name}`;
  const fileOf = (key: string, body: string, eTag = ''): FileVersion =>
    createFileVersion({ bucket: names.inbox, key, eTag, size: Buffer.byteLength(body) });
  const at = (key: string) => ({ Bucket: names.inbox, Key: key });

  const self = {
    async put(key: string, body = key): Promise<FileVersion> {
      const { ETag } = await clients.s3.send(new PutObjectCommand({ ...at(key), Body: body }));
      return fileOf(key, body, ETag);
    },
    async putMany(prefix: string, count: number): Promise<FileVersion[]> {
      const files: FileVersion[] = [];
      const keys = Array.from({ length: count }, (_, n) => `incoming/${prefix}-${n}`);
      await inParallel(keys, 12, async (key) => void files.push(await self.put(key)));
      return files;
    },
    async putInParts(key: string, body = key): Promise<FileVersion> {
      const { UploadId } = await clients.s3.send(new CreateMultipartUploadCommand(at(key)));
      const part = { ...at(key), UploadId, PartNumber: 1, Body: body };
      const { ETag } = await clients.s3.send(new UploadPartCommand(part));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      const completed = await clients.s3.send(
        new CompleteMultipartUploadCommand({ ...at(key), UploadId, MultipartUpload }),
      );
      return fileOf(key, body, completed.ETag);
    },
    async item({ id }: FileVersion): Promise<LedgerItem | undefined> {
      const { Item } = await clients.dynamodb.send(
        new GetItemCommand({ TableName: names.ledger, Key: { id: { S: id } }, ConsistentRead: true }),
      );
      return Item && (unmarshall(Item) as LedgerItem);
    },
    keys: async (prefix: string) => (await listObjects(clients, names.inbox, prefix)).map(({ key }) => key),
    /** Each file's item, once all of them are done and out of the inbox. */
    untilDone: (files: readonly FileVersion[]): Promise<LedgerItem[]> =>
      waitFor(`${files.length} files to be done`, async () => {
        if ((await self.keys(names.inboxPrefix)).length > 0) return undefined;
        const items = await Promise.all(files.map(self.item));
        return items.every((item) => item?.status === 'DONE') ? (items as LedgerItem[]) : undefined;
      }),
    untilIdle: () =>
      waitFor('every function to end', async () => (isIdle(await readStatus(cloud.endpoint)) ? true : undefined)),
    status: () => readStatus(cloud.endpoint),
    async invoke(functionKey: string, event: unknown = {}): Promise<unknown> {
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: `everyfile-local-${functionKey}`, Payload: JSON.stringify(event) }),
      );
      const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString());
      if (FunctionError !== undefined) throw new Error(`${functionKey} failed: ${JSON.stringify(answer)}`);
      return answer;
    },
    async control(route: 'faults' | 'schedules', change: unknown): Promise<void> {
      const url = `${cloud.endpoint}/_everyfile/${route}`;
      const { status } = await fetch(url, { method: 'POST', body: JSON.stringify(change) });
      expect(status).toBe(200);
    },
    async messages(name: QueueName): Promise<number> {
      const { Attributes = {} } = await clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['All'] }),
      );
      const counts = (['', 'NotVisible', 'Delayed'] as const).map((state) =>
        Number(Attributes[`ApproximateNumberOfMessages${state}`]),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    send: (body: string) =>
      clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('everyfile-local-work'), MessageBody: body })),
    requests: async (since = 0) => readRequests(cloud.endpoint, since),
    output: () => cloud.output(),
  };
  return self;
};

const notificationOf = ({ bucket, key, eTag, size }: FileVersion) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key), eTag, size } },
    },
  ],
});

const viasOf = (items: readonly LedgerItem[]): string[] => [...new Set(items.map(({ via }) => via ?? ''))].toSorted();

/**
 * The most batches that were received and not yet being deleted or put back. One runner has two, the one it works on and the next,
 * or three while the deletion of a batch and a receive, which it starts together, reach the endpoint in either order.
 */
const mostBatchesAtOnce = (calls: readonly RequestLogEntry[]): number => {
  let [batches, most] = [0, 0];
  for (const { operation } of calls.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    if (operation === 'ReceiveMessage') batches += 1;
    if (operation === 'DeleteMessageBatch' || operation === 'ChangeMessageVisibilityBatch') batches -= 1;
    most = Math.max(most, batches);
  }
  return most;
};

describe('with every event lost', () => {
  // Three seconds of receiving a run, so that a backlog takes several. Nothing is sent again while a slow sweep lasts.
  const cloud = cloudWith({ lose: 1, schedules: true, params: { relayTimeoutSeconds: 33, resendSeconds: 600 } });

  it(
    'every file is found by the sweep, sent through the queue and done, and the inbox is empty',
    async () => {
      const items = await cloud.untilDone(await cloud.putMany('lost', 30));
      expect(viasOf(items)).toEqual(['queue']);
      expect(items.map(({ attempts }) => attempts)).toEqual(Array(30).fill(1));
      const { functions, notifications } = await cloud.status();
      expect(notifications).toMatchObject({ put: 30, lost: 30, delivered: 0 });
      expect(functions).toMatchObject({ processor: { invocations: 0 }, sweeper: { errors: 0 }, relay: { errors: 0 } });
    },
    limitMs,
  );

  it(
    'and the schedules held, nothing runs, and a run started by hand says what it did',
    async () => {
      await cloud.control('schedules', { paused: true });
      await cloud.untilIdle();
      const { next } = await cloud.requests();
      expect(await cloud.invoke('sweeper')).toMatchObject({ outcome: 'finished', report: { listed: 0 } });
      expect(await cloud.invoke('relay')).toMatchObject({ outcome: 'finished', report: { received: 0 } });
      const { entries } = await cloud.requests(next);
      expect(entries.filter(({ accessKeyId }) => accessKeyId === 'sweeper').length).toBeGreaterThan(0);
      expect(new Set(entries.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['test', 'sweeper', 'relay']));
    },
    limitMs,
  );

  it(
    'a file whose processing failed is tried again by the message that its failure sent',
    async () => {
      const file = await cloud.put('incoming/throttled');
      await cloud.control('faults', { throttle: { s3: { share: 1, caller: 'processor' } } });
      expect(await cloud.invoke('processor', notificationOf(file))).toEqual([{ fileId: file.id, outcome: 'retry' }]);
      await cloud.control('faults', { throttle: null });
      expect(await cloud.messages('everyfile-local-work')).toBe(1);
      await waitFor('the relay to have done it', async () => {
        await cloud.invoke('relay');
        return (await cloud.item(file))?.status === 'DONE' ? true : undefined;
      });
      // The throttle was ours, and not the file's: it spent no attempt.
      expect(await cloud.item(file)).toMatchObject({ via: 'queue', fence: 2, attempts: 1 });
      expect(await cloud.keys(names.inboxPrefix)).toEqual([]);
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
    },
    limitMs,
  );

  it(
    'a backlog is drained by one runner at a time over several runs, at a quarter of an SQS call a message at most',
    async () => {
      const backlog = 300;
      const files = await cloud.putMany('backlog', backlog);
      await waitFor('every file to be old enough', async () => {
        await cloud.invoke('sweeper');
        return (await cloud.messages('everyfile-local-work')) === backlog ? true : undefined;
      });
      const { next } = await cloud.requests();
      // Ticks meanwhile, as a schedule that fires twice would send them.
      const ticks = [cloud.invoke('relay'), cloud.invoke('relay'), cloud.invoke('relay')];
      const outcomes = (await Promise.all(ticks)) as { outcome: string }[];
      expect(outcomes.filter(({ outcome }) => outcome === 'not-mine')).toHaveLength(2);
      await cloud.untilDone(files);
      await cloud.untilIdle();
      const { entries } = await cloud.requests(next);
      const byRelay = entries.filter(({ accessKeyId }) => accessKeyId === 'relay');
      const calls = byRelay.filter(({ service }) => service === 'sqs');
      expect(calls.length / backlog).toBeLessThanOrEqual(0.25);
      expect(mostBatchesAtOnce(calls)).toBeLessThanOrEqual(3);
      const batons = byRelay.filter(({ service }) => service === 'lambda');
      expect(batons.length).toBeGreaterThan(0);
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
    },
    limitMs,
  );

  it(
    'a baton that is doubled or late changes nothing',
    async () => {
      await cloud.put('incoming/after-the-batons');
      await waitFor('the sweep to find it', async () => {
        await cloud.invoke('sweeper');
        return (await cloud.messages('everyfile-local-work')) === 1 ? true : undefined;
      });
      const { next } = await cloud.requests();
      const late = { baton: { lane: 'lane/drain', fence: 1 } };
      const answers = [await cloud.invoke('relay', late), await cloud.invoke('relay', late)];
      expect(answers).toMatchObject([{ outcome: 'not-mine' }, { outcome: 'not-mine' }]);
      const { entries } = await cloud.requests(next);
      const calls = entries.filter(({ accessKeyId }) => accessKeyId === 'relay').map(({ operation }) => operation);
      expect(calls).toEqual(['UpdateItem', 'UpdateItem']);
      expect(await cloud.messages('everyfile-local-work')).toBe(1);
      expect(await cloud.invoke('relay')).toMatchObject({ outcome: 'finished', report: { received: 1, answered: 1 } });
    },
    limitMs,
  );
});

describe('with ingest: queue', () => {
  const cloud = cloudWith({ schedules: true, params: { ingest: 'queue' } });

  it(
    'S3’s events go through the queue and the relay; the event that S3 tests the queue with is taken off it',
    async () => {
      const items = await cloud.untilDone(await cloud.putMany('queued', 30));
      expect(viasOf(items)).toEqual(['queue']);
      await waitFor('an empty queue', async () =>
        (await cloud.messages('everyfile-local-work')) === 0 ? true : undefined,
      );
      expect(await cloud.messages('everyfile-local-work-dlq')).toBe(0);
      const { functions, notifications } = await cloud.status();
      expect(notifications).toMatchObject({ put: 30, lost: 0, delivered: 30 });
      expect(functions).toMatchObject({ processor: { invocations: 0 }, sweeper: { errors: 0 }, relay: { errors: 0 } });
    },
    limitMs,
  );

  it(
    'a message that is not ours goes to the dead-letter queue at once, reported, and holds up nobody',
    async () => {
      await cloud.send('{"from":"somebody else"}');
      await cloud.untilDone(await cloud.putMany('beside', 10));
      await waitFor('the message in the dead-letter queue', async () =>
        (await cloud.messages('everyfile-local-work-dlq')) === 1 ? true : undefined,
      );
      expect(await cloud.messages('everyfile-local-work')).toBe(0);
      expect(cloud.output()).toContain('got an object with from');
    },
    limitMs,
  );
});

describe('with redrive: refire and archive: bak', () => {
  const cloud = cloudWith({ lose: 1, params: { redrive: 'refire', archive: 'bak' } });

  it(
    'the sweep makes S3 send the events again, queues what a copy would rename, and every file ends in bak/',
    async () => {
      const files = await cloud.putMany('lost', 10);
      const inParts = await cloud.putInParts('incoming/in parts');
      await cloud.control('faults', { lose: 0 });
      await cloud.control('schedules', { paused: false });
      const items = await cloud.untilDone([...files, inParts]);
      expect(viasOf(items.slice(0, -1))).toEqual(['event']);
      expect(items.at(-1)).toMatchObject({ via: 'queue' });
      const archived = (await cloud.keys('bak/')).map((key) => key.replace(/^bak\/[0-9a-f]+\//, ''));
      expect(archived.toSorted()).toEqual([...files, inParts].map(({ key }) => key).toSorted());
      const { functions } = await cloud.status();
      expect(functions).toMatchObject({ sweeper: { errors: 0 }, relay: { errors: 0 }, processor: { errors: 0 } });
    },
    limitMs,
  );
});
