import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { fork } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClients, names, type Clients } from '../demo/clients.ts';
import { startOwnCloud } from '../demo/cloud.ts';
import { createFileVersion, type FileVersion } from '../lib/domain/file-version.ts';
import type { LedgerItem } from '../lib/domain/ledger-item.ts';
import type { BundleAnswer } from './invoke-bundle.ts';
import { packageService } from './package-service.ts';

/** How much memory the processor took for one object. */
export type BundleMemory = Readonly<{ objectBytes: number; peakBytes: number; seconds: number }>;

const partBytes = 32 * 1024 * 1024;
const key = 'incoming/large.bin';

/**
 * Lets the packaged processor bundle, in a process of its own, process one object out of a local cloud in another, and
 * reads the peak of its resident memory.
 *
 * @throws when the file is not done, or its recorded checksum is not that of the bytes sent
 */
export const measureBundleMemory = async (objectBytes: number): Promise<BundleMemory> => {
  const { bundle, literals } = await packageProcessor();
  // Every event is lost, so that the cloud's own processor leaves the object to ours.
  const cloud = await startOwnCloud({ lose: 1 });
  const clients = createClients(cloud.endpoint, 'measure');
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-memory-'));
  try {
    const bundlePath = join(folder, 'processor.cjs');
    await writeFile(bundlePath, bundle);
    const sent = createHash('sha256');
    const file = await upload(clients.s3, objectBytes, sent);
    const startedAt = performance.now();
    const { answer, peakBytes } = await invoke(bundlePath, environmentFor(cloud.endpoint, literals), file);
    const seconds = (performance.now() - startedAt) / 1000;
    await requireDone(clients, file, { answer, checksum: sent.digest('hex') });
    return { objectBytes, peakBytes, seconds };
  } finally {
    clients.destroy();
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

type Packaged = Readonly<{ bundle: Buffer; literals: Readonly<Record<string, string>> }>;

/** The bundle that would be deployed, and those of its variables that hold no intrinsic. */
const packageProcessor = async (): Promise<Packaged> => {
  const packaged = await packageService({ stage: 'dev' });
  try {
    const { Environment } = packaged.template.Resources['ProcessorLambdaFunction']?.Properties ?? {};
    const { Variables } = Environment as { Variables: Readonly<Record<string, unknown>> };
    const literals = Object.entries(Variables).filter(
      (variable): variable is [string, string] => typeof variable[1] === 'string',
    );
    return { bundle: await packaged.bundle('processor'), literals: Object.fromEntries(literals) };
  } finally {
    await packaged.remove();
  }
};

const upload = async (s3: S3Client, objectBytes: number, hash: Hash): Promise<FileVersion> => {
  const place = { Bucket: names.inbox, Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  const Parts: { PartNumber: number; ETag: string | undefined; ChecksumCRC32: string | undefined }[] = [];
  for (let start = 0; start < objectBytes; start += partBytes) {
    const PartNumber = Parts.length + 1;
    const Body = Buffer.alloc(Math.min(partBytes, objectBytes - start), PartNumber);
    hash.update(Body);
    const part = await s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
  }
  const { ETag } = await s3.send(
    new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }),
  );
  return createFileVersion({ bucket: names.inbox, key, eTag: ETag ?? '', size: objectBytes });
};

/** The deployed stage's own numbers and modes, and the local cloud's names. */
const environmentFor = (endpoint: string, literals: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...literals,
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bundle',
  AWS_SECRET_ACCESS_KEY: 'local',
  INBOX_BUCKET_NAME: names.inbox,
  OUTPUTS_BUCKET_NAME: names.outputs,
  STAGE: 'local',
  LEDGER_TABLE_NAME: names.ledger,
  WORK_QUEUE_URL: `${endpoint}/000000000000/everyfile-local-work`,
  NOTICES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:everyfile-local-notices',
});

const invoke = async (bundlePath: string, env: NodeJS.ProcessEnv, file: FileVersion): Promise<BundleAnswer> => {
  const child = fork(join(import.meta.dirname, 'invoke-bundle.ts'), [bundlePath], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process with the bundle ended (${String(code)}) before it answered`);
  });
  child.send(eventOf(file));
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [BundleAnswer];
  ended.catch(() => undefined);
  return answer;
};

const eventOf = ({ bucket, key: objectKey, eTag, size }: FileVersion) => ({
  Records: [
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:CompleteMultipartUpload',
      s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(objectKey), size, eTag } },
    },
  ],
});

const requireDone = async (
  { dynamodb }: Clients,
  file: FileVersion,
  { answer, checksum }: { answer: unknown; checksum: string },
): Promise<void> => {
  const { Item = {} } = await dynamodb.send(
    new GetItemCommand({ TableName: names.ledger, Key: { id: { S: file.id } } }),
  );
  const { status, metadata, lastError } = unmarshall(Item) as Partial<LedgerItem>;
  const index = metadata?.['index'] as { sha256?: string } | undefined;
  if (status === 'DONE' && index?.sha256 === checksum) return;
  throw new Error(
    `the file is ${status ?? 'not in the ledger'} (${lastError ?? 'no error'}, checksum ${index?.sha256 ?? 'none'}, ` +
      `expected ${checksum}), and the function answered ${JSON.stringify(answer)}`,
  );
};
