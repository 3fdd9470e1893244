import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { createClients, names } from '../../demo/clients.ts';
import { startOwnCloud } from '../../demo/cloud.ts';
import { readRequests } from '../../demo/control.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';
import { waitFor } from '../end-to-end/support.ts';

/** S3's own message about files, as the processor gets it and the queue holds it. */
const notificationOf = (files: readonly FileVersion[]): unknown => ({
  Records: files.map(({ bucket, key, eTag, size }) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(key), eTag, size } },
  })),
});

/** A file that nobody has put: its object is gone. */
const absent = (key: string): FileVersion =>
  createFileVersion({ bucket: names.inbox, key, eTag: 'd41d8cd98f00b204e9800998ecf8427e', size: 0 });

const numbered = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n)}`);

/**
 * Has each function of a local cloud of its own do all that it can, and returns what it asked of the endpoint. Every
 * event of S3 is lost, so that a function meets only what it is given.
 */
export const exerciseFunctions = async (params: Readonly<Record<string, string>>): Promise<readonly RequestLogEntry[]> => {
  // A second of work a run of the relay and the sweeper: so they come to hand the baton on.
  const cloud = await startOwnCloud({
    lose: 1,
    params: { ...params, relayTimeoutSeconds: 31, sweeperTimeoutSeconds: 11 },
  });
  const { endpoint } = cloud;
  const clients = createClients(endpoint, 'test');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials });
  const ledger = createDynamoDbLedger(clients.dynamodb, { tableName: names.ledger, retentionDays: 400 });
  const QueueUrl = clients.queueUrl(names.workQueue);

  const put = async (key: string): Promise<FileVersion> => {
    const { ETag = '' } = await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: key }));
    return createFileVersion({ bucket: names.inbox, key, eTag: ETag, size: Buffer.byteLength(key) });
  };
  /** A verdict that a crash left: recorded long ago, with its notice unsent and its object in the inbox. */
  const left = async (key: string, verdict: 'DONE' | 'POISON'): Promise<FileVersion> => {
    const file = await put(key);
    const mine = { file, owner: 'crashed', now: Date.now() - 60_000 };
    const bounds = { now: mine.now, skewMs: 500, maxAttempts: 5 };
    await ledger.claim({ ...mine, via: 'event', leaseUntil: mine.now + 5_000, bounds });
    const outbox = [{ id: key, subject: 'left', text: 'left', data: {} }];
    if (verdict === 'POISON') await ledger.poison({ ...mine, lastError: 'bad', outbox });
    else await ledger.commit({ ...mine, result: { metadata: {}, outputs: [], outbox } });
    return file;
  };
  const invoke = async (functionKey: string, event: unknown = {}): Promise<void> => {
    await lambda.send(
      new InvokeCommand({ FunctionName: `everyfile-local-${functionKey}`, Payload: JSON.stringify(event) }),
    );
  };
  const send = async (body: unknown): Promise<void> => {
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
  };
  const sendTen = async (bodies: readonly unknown[]): Promise<void> => {
    const Entries = bodies.map((body, n) => ({ Id: String(n), MessageBody: JSON.stringify(body) }));
    await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  };
  const throttleS3 = async (caller?: string): Promise<void> => {
    const throttle = caller === undefined ? null : { s3: { share: 1, caller } };
    await fetch(`${endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify({ throttle }) });
  };
  const hasCalled = async (caller: string, ...operations: string[]): Promise<true | undefined> => {
    const { entries } = await readRequests(endpoint);
    const called = new Set(entries.filter(({ accessKeyId }) => accessKeyId === caller).map(({ operation }) => operation));
    return operations.every((operation) => called.has(operation)) ? true : undefined;
  };

  /** One file of every kind, and one whose object cannot be read for now: given to the processor, or to the relay. */
  const giveAll = async (key: string, hand: (files: readonly FileVersion[]) => Promise<void>): Promise<void> => {
    await hand([
      absent(`incoming/gone-${key}`),
      await put(`incoming/announced/${key}`),
      await put(`incoming/digested/${key}`),
      await left(`incoming/bad-${key}`, 'POISON'),
      await left(`incoming/done-${key}`, 'DONE'),
    ]);
    await throttleS3(key);
    await hand([await put(`incoming/throttled-${key}`)]);
    await throttleS3();
  };

  const exerciseRelay = async (): Promise<void> => {
    await giveAll('relay', async (files) => {
      await send(notificationOf(files));
      await invoke('relay');
    });
    await send({ from: 'somebody else' });
    // A slow message while the next ones are received already: its time is up before it can begin those.
    await waitFor('the relay to put messages back and to hand on', async () => {
      const quick = numbered(10, 'incoming/gone-').map((key) => notificationOf([absent(key)]));
      await sendTen(quick);
      await send(notificationOf(numbered(600, 'incoming/gone-').map(absent)));
      await sendTen(quick);
      await sendTen(quick);
      await invoke('relay');
      return hasCalled('relay', 'ChangeMessageVisibilityBatch', 'Invoke');
    });
  };

  const exerciseSweeper = async (): Promise<void> => {
    await left('incoming/bad-sweeper', 'POISON');
    await left('incoming/done-sweeper', 'DONE');
    // More than one page and more than a second of work.
    await inParallel(numbered(1_001, 'incoming/many/'), 24, put);
    await waitFor('the sweeper to hand on', async () => {
      await invoke('sweeper');
      return hasCalled('sweeper', 'Invoke', 'Publish', 'SendMessageBatch');
    });
  };

  try {
    // Batons of lanes that nobody has ever held.
    await invoke('relay', { baton: { lane: 'lane/drain', fence: 1 } });
    await invoke('sweeper', { baton: { lane: 'lane/sweep', fence: 1 } });
    await giveAll('processor', (files) => invoke('processor', notificationOf(files)));
    await exerciseRelay();
    await exerciseSweeper();
    const { entries, dropped } = await readRequests(endpoint);
    if (dropped > 0) throw new Error(`the request log has dropped ${String(dropped)} entries`);
    return entries;
  } finally {
    lambda.destroy();
    clients.destroy();
    await cloud.stop();
  }
};
