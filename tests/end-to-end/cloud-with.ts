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
import { waitFor } from './support.ts';

/** Starting a cloud takes seconds; what a test waits for may take several runs of the sweeper and the relay. */
export const limitMs = 180_000;

/** The queue whose messages tell of files, the one that gets what nobody can read, and the notices. */
type QueueName = 'everyfile-local-work' | 'everyfile-local-work-dlq' | 'everyfile-local-notices';

/** A cloud of a test file's own, started before its tests and ended after them, and what they do to it. */
export const cloudWith = (options: CloudOptions | (() => Promise<CloudOptions>)) => {
  let cloud: OwnCloud;
  let clients: Clients;
  let lambda: LambdaClient;
  beforeAll(async () => {
    cloud = await startOwnCloud(typeof options === 'function' ? await options() : options);
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
    endpoint: () => cloud.endpoint,
  };
  return self;
};

/** S3's event for a file that was put. */
export const notificationOf = ({ bucket, key, eTag, size }: FileVersion) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key), eTag, size } },
    },
  ],
});
