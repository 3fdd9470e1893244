import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { createClients, names } from '../../demo/clients.ts';
import { startOwnCloud } from '../../demo/cloud.ts';
import { readRequests, readStatus } from '../../demo/control.ts';
import { createLogsClients } from '../../demo/logs/clients.ts';
import { eventsOf, putEvents } from '../../demo/logs/seed.ts';
import { isIdle } from '../../demo/wait-until-quiet.ts';
import { createDynamoDbLedger } from '../../lib/adapters/dynamodb-ledger.ts';
import { createFileVersion, type FileVersion } from '../../lib/domain/file-version.ts';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import type { RequestLogEntry } from '../../offline/contracts.ts';
import { closedMonths } from '../../lib/domain/month.ts';
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
 * event of S3 is lost, so that a function meets only what it is given. `params` name the log group /exercise.
 */
export const exerciseFunctions = async (
  params: Readonly<Record<string, string>>,
): Promise<readonly RequestLogEntry[]> => {
  // A second of work a run of the relay and the sweeper: so they come to hand the baton on.
  const cloud = await startOwnCloud({
    lose: 1,
    params: {
      ...params,
      relayTimeoutSeconds: 31,
      sweeperTimeoutSeconds: 11,
      resendSeconds: 86_400,
      monthsBack: 1,
    },
  });
  const { endpoint } = cloud;
  const clients = createClients(endpoint, 'test');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials });
  const states = new SFNClient({ endpoint, region: 'us-east-1', credentials });
  const ledger = createDynamoDbLedger(clients.dynamodb, { tableName: names.ledger, retentionDays: 400 });
  const QueueUrl = clients.queueUrl(names.workQueue);

  const put = async (key: string): Promise<FileVersion> => {
    const { ETag = '' } = await clients.s3.send(new PutObjectCommand({ Bucket: names.inbox, Key: key, Body: key }));
    return createFileVersion({ bucket: names.inbox, key, eTag: ETag, size: Buffer.byteLength(key) });
  };
  const putInParts = async (Key: string): Promise<void> => {
    const upload = { Bucket: names.inbox, Key };
    const { UploadId } = await clients.s3.send(new CreateMultipartUploadCommand(upload));
    const part = { ...upload, UploadId, PartNumber: 1 };
    const { ETag } = await clients.s3.send(new UploadPartCommand({ ...part, Body: Key }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await clients.s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  };
  /** A verdict that a crash left: recorded long ago, with its notice unsent and its object in the inbox. */
  const left = async (key: string, verdict: 'DONE' | 'POISON'): Promise<FileVersion> => {
    const file = await put(key);
    const mine = { file, owner: 'crashed', now: Date.now() - 60_000 };
    const bounds = { now: mine.now, skewMs: 500, maxAttempts: 5 };
    await ledger.claim({ ...mine, via: 'event', leaseUntil: mine.now + 5_000, bounds });
    const outbox = [{ id: key, kind: 'processed' as const, subject: 'left', text: 'left', data: {} }];
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
  const throttleS3 = async (s3?: Readonly<Record<string, unknown>>): Promise<void> => {
    const throttle = s3 === undefined ? null : { s3 };
    await fetch(`${endpoint}/_everyfile/faults`, { method: 'POST', body: JSON.stringify({ throttle }) });
  };
  const hasCalled = async (caller: string, ...operations: string[]): Promise<true | undefined> => {
    const { entries } = await readRequests(endpoint);
    const called = new Set(
      entries.filter(({ accessKeyId }) => accessKeyId === caller).map(({ operation }) => operation),
    );
    return operations.every((operation) => called.has(operation)) ? true : undefined;
  };

  /** Copied to bak/ and back. */
  const hasRefired = async (key: string): Promise<boolean> => {
    const { entries } = await readRequests(endpoint);
    const isOfKey = (entry: RequestLogEntry): boolean => JSON.stringify(entry).includes(key);
    return entries.filter((entry) => entry.operation === 'CopyObject' && isOfKey(entry)).length >= 2;
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
    await throttleS3({ share: 1, caller: key });
    await hand([await put(`incoming/throttled-${key}`)]);
    await throttleS3();
  };

  const exerciseRelay = async (): Promise<void> => {
    await giveAll('relay', async (files) => {
      await send(notificationOf(files));
      await invoke('relay');
    });
    await send({ from: 'somebody else' });
    await waitFor('the relay to set a message aside', async () => {
      await invoke('relay');
      const { entries } = await readRequests(endpoint);
      const ofRelay = entries.filter(
        ({ accessKeyId, operation }) => accessKeyId === 'relay' && operation === 'SendMessage',
      );
      return ofRelay.some((entry) => JSON.stringify(entry).includes('everyfile-local-work-dlq')) ? true : undefined;
    });
    let round = 0;
    await waitFor('the relay to hand on', async () => {
      if (isIdle(await readStatus(endpoint))) {
        for (const ten of numbered(8, `incoming/gone-${String((round += 1))}-`)) {
          await sendTen(numbered(10, ten).map((key) => notificationOf(numbered(10, `${key}/`).map(absent))));
        }
        await invoke('relay');
      }
      return hasCalled('relay', 'Invoke');
    });
  };

  const exerciseSweeper = async (): Promise<void> => {
    await left('incoming/bad-sweeper', 'POISON');
    await left('incoming/done-sweeper', 'DONE');
    // What a copy would rename goes to the queue in every mode.
    await putInParts('incoming/in-parts');
    await put('incoming/missing');
    await waitFor('the sweeper to finish and to send', async () => {
      await invoke('sweeper');
      const isBroughtOn = params['redrive'] !== 'refire' || (await hasRefired('incoming/missing'));
      return isBroughtOn ? hasCalled('sweeper', 'Publish', 'SendMessageBatch') : undefined;
    });
    // More than one page, of files that are left alone because they were sent: what makes it slow is the listing.
    await inParallel(numbered(1_001, 'incoming/many/'), 24, async (key) => {
      await ledger.markSent({ file: await put(key), now: Date.now() });
    });
    await waitFor('the sweeper to hand on', async () => {
      await throttleS3({ share: 1, caller: 'sweeper', operation: 'ListObjectsV2', times: 2 });
      await invoke('sweeper');
      return hasCalled('sweeper', 'Invoke');
    });
  };

  const exportLogs = async (): Promise<void> => {
    // A month that ended before its group was there needs no task, so the group must be older.
    const { logs, destroy } = createLogsClients(endpoint, 'test');
    const [month = ''] = closedMonths(Date.now(), 1);
    await putEvents(logs, '/exercise', eventsOf('/exercise', month, 2, 'exercise'));
    destroy();
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:everyfile-local-logs-export';
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    await waitFor('last month to be exported', async () => {
      const { status, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'FAILED') throw new Error(cause);
      return status === 'SUCCEEDED' ? true : undefined;
    });
  };

  try {
    // Batons of lanes that nobody has ever held.
    await invoke('relay', { baton: { lane: 'lane/drain', fence: 1 } });
    await invoke('sweeper', { baton: { lane: 'lane/sweep', fence: 1 } });
    await giveAll('processor', (files) => invoke('processor', notificationOf(files)));
    const exporting = exportLogs();
    await exerciseRelay();
    await exerciseSweeper();
    await exporting;
    const { entries, dropped } = await readRequests(endpoint);
    if (dropped > 0) throw new Error(`the request log has dropped ${String(dropped)} entries`);
    return entries;
  } finally {
    lambda.destroy();
    states.destroy();
    clients.destroy();
    await cloud.stop();
  }
};
