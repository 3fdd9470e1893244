import { randomUUID } from 'node:crypto';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { createCloudWatchLogExports } from '../../lib/adapters/cloudwatch-log-exports.ts';
import { createS3ExportStore } from '../../lib/adapters/s3-export-store.ts';
import { isActive } from '../../lib/domain/export-task.ts';
import { inMemoryLogExports } from '../support/in-memory-log-exports.ts';
import { loseResponsesOf } from '../support/lost-responses.ts';
import { throttledError } from '../support/throttled-error.ts';
import { conflictsOf, inSmallPages, throttleOf } from './client-faults.ts';
import type { ExportsWorld, LogsBucket, MakeExportsWorld } from './exports-suite.ts';

/** The fake that the simulation of the logs export runs on. */
export const fakeExportsWorld: MakeExportsWorld = async (bucket) => {
  const time = { now: Date.UTC(2026, 10, 2) };
  const fake = inMemoryLogExports({ bucket: 'logs', clock: { now: () => time.now } });
  Object.assign(fake.state, { hasBucket: bucket !== 'missing', hasPolicy: bucket === 'ready' });
  const throttled = new Set<'logExports' | 'exportStore'>();
  const throttle = <Port extends object>(name: 'logExports' | 'exportStore', port: Port): Port =>
    new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (throttled.delete(name)) throw throttledError();
          return call(...args);
        };
      },
    });
  return {
    logExports: throttle('logExports', fake.logExports),
    exportStore: throttle('exportStore', fake.exportStore),
    name: 'test',
    now: () => time.now,
    makeGroup: async (name, { retentionDays, events = [] } = {}) => {
      fake.groups.set(name, { name, createdAt: time.now, ...(retentionDays !== undefined && { retentionDays }) });
      fake.events.set(name, [...events]);
    },
    deleteGroup: async (name) => void fake.groups.delete(name),
    untilSlotIsFree: async () => void (time.now += 24 * 60 * 60 * 1000),
    loseNextCreate: () => void (fake.state.loseNextResponse = true),
    conflictNextWrite: () => void (fake.state.isManifestRaced = true),
    throttleNext: (port) => void throttled.add(port),
    close: async () => undefined,
  };
};

/** An endpoint that speaks the protocols of CloudWatch Logs and S3. */
export type ExportsEndpoint = Readonly<
  Required<Pick<S3ClientConfig, 'credentials'>> & { endpoint: string; region: string }
>;

/** The adapters, on an endpoint that speaks AWS's protocols. */
export const adapterExportsWorld =
  (clientConfig: () => ExportsEndpoint): MakeExportsWorld =>
  async (state) => {
    const name = `exports-${randomUUID()}`;
    const [logs, unrepeated, hands] = [
      new CloudWatchLogsClient(clientConfig()),
      new CloudWatchLogsClient({ ...clientConfig(), maxAttempts: 1 }),
      new CloudWatchLogsClient(clientConfig()),
    ];
    const s3 = new S3Client({ ...clientConfig(), forcePathStyle: true });
    await makeBucket(s3, name, state);
    inSmallPages(s3);
    const logExports = createCloudWatchLogExports(logs, unrepeated, { bucket: name });
    const throttles = { logExports: throttleOf(logs), exportStore: throttleOf(s3) };
    const lost = loseResponsesOf(unrepeated);
    const conflicts = conflictsOf(s3);
    const untilSlotIsFree = async (): Promise<void> => {
      while ((await logExports.listTasks()).some(isActive)) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const world: ExportsWorld = {
      logExports,
      exportStore: createS3ExportStore(s3, { bucket: name }),
      name,
      now: Date.now,
      makeGroup: async (logGroupName, { retentionDays: retentionInDays, events = [] } = {}) => {
        await hands.send(new CreateLogGroupCommand({ logGroupName }));
        if (retentionInDays !== undefined) {
          await hands.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
        }
        if (events.length === 0) return;
        await hands.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'stream' }));
        for (const timestamp of events) {
          const logEvents = [{ timestamp, message: String(timestamp) }];
          await hands.send(new PutLogEventsCommand({ logGroupName, logStreamName: 'stream', logEvents }));
        }
      },
      deleteGroup: async (logGroupName) => {
        await hands.send(new DeleteLogGroupCommand({ logGroupName }));
      },
      untilSlotIsFree,
      loseNextCreate: () => lost.loseNext(() => true),
      conflictNextWrite: () => conflicts(1),
      throttleNext: (port) => throttles[port](),
      // The slot is the account's: the next world wants it free.
      close: async () => {
        await untilSlotIsFree();
        for (const client of [logs, unrepeated, hands, s3]) client.destroy();
      },
    };
    return world;
  };

const makeBucket = async (s3: S3Client, Bucket: string, state: LogsBucket): Promise<void> => {
  if (state === 'missing') return;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (state === 'without policy') return;
  const allow = (Action: string, resource: string) => ({
    Effect: 'Allow',
    Principal: { Service: 'logs.us-east-1.amazonaws.com' },
    Action,
    Resource: resource,
  });
  const Statement = [
    allow('s3:GetBucketAcl', `arn:aws:s3:::${Bucket}`),
    allow('s3:PutObject', `arn:aws:s3:::${Bucket}/*`),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
};
