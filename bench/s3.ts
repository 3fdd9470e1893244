/**
 * `npm run bench:s3 [-- <names>] [--json]`: the local S3 beside fauxqs and s3rver, in one run, each in a process of its own that
 * keeps its objects on disk: a thousand PUTs from 16 senders, a listing of 10,000 keys, a gigabyte up and down. What a contender
 * refuses stands in the table as the answer it gave.
 */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type CompletedPart,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inParallel } from '../lib/usecases/in-parallel.ts';
import { freePort } from '../tests/support/free-port.ts';

const senders = 16;
const [measuredPuts, listedKeys] = [1_000, 10_000];
const gigabyte = 1_000_000_000;
const bucket = 'bench';
const projectFolder = join(import.meta.dirname, '..');

/** How a contender is started: a command that serves S3 on the port, with its objects in the folder. */
type Contender = Readonly<{
  name: string;
  /** Where its package is. */
  home: string;
  command(port: number, folder: string): readonly string[];
  environment?(port: number, folder: string): Readonly<Record<string, string>>;
}>;

const contenders: readonly Contender[] = [
  {
    name: 'everyfile',
    home: projectFolder,
    command: (port, directory) => [
      join(projectFolder, 'tests/support/cloud-process.ts'),
      JSON.stringify({ port, directory, resources: {} }),
    ],
  },
  {
    name: 'fauxqs',
    home: join(projectFolder, 'node_modules/fauxqs'),
    command: () => [join(projectFolder, 'node_modules/fauxqs/dist/cli.js')],
    environment: (port, folder) => ({ FAUXQS_PORT: String(port), FAUXQS_S3_STORAGE_DIR: folder }),
  },
  {
    name: 's3rver',
    home: join(import.meta.dirname, 'node_modules/s3rver'),
    command: (port, folder) => [
      join(import.meta.dirname, 'node_modules/s3rver/bin/s3rver.js'),
      ...['--directory', folder, '--port', String(port), '--silent', '--no-vhost-buckets'],
    ],
  },
];

/** Seconds, or why there are none: the status that it was refused with, or what came instead. */
type Outcome = number | string;

/** What one contender needed, in seconds, and the memory of its process at its highest, in MiB. */
type Figures = Readonly<{
  name: string;
  putsPerSecond: number;
  listSeconds: Outcome;
  upSeconds: Outcome;
  upInPartsSeconds: Outcome;
  downSeconds: Outcome;
  peakMiB: number;
}>;

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
};

/** A server may refuse what the others take; anything but its answer is a failure of ours. */
const secondsOrRefusal = async (work: () => Promise<unknown>): Promise<Outcome> => {
  try {
    return await secondsOf(work);
  } catch (error) {
    const status = (error as Partial<S3ServiceException>).$metadata?.httpStatusCode;
    if (status === undefined) throw error;
    return `refused (${String(status)})`;
  }
};

type Place = Readonly<{ Bucket: string; Key: string }>;
const part = Buffer.alloc(gigabyte / 100, 'everyfile ');

const putWhole = (s3: S3Client, object: Place): Promise<unknown> =>
  s3.send(
    new PutObjectCommand({
      ...object,
      Body: Readable.from(Array.from({ length: 100 }, () => part)),
      ContentLength: gigabyte,
    }),
  );

/** A hundred parts, four at a time. */
const putInParts = async (s3: S3Client, object: Place): Promise<void> => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const Parts: CompletedPart[] = [];
  await inParallel(
    Array.from({ length: 100 }, (_, index) => index + 1),
    4,
    async (PartNumber) => {
      const { ETag } = await s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }));
      Parts[PartNumber - 1] = { PartNumber, ETag };
    },
  );
  await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
};

const getWhole = async (s3: S3Client, object: Place): Promise<void> => {
  const { Body } = await s3.send(new GetObjectCommand(object));
  let received = 0;
  for await (const piece of Body as Readable) received += (piece as Buffer).length;
  if (received !== gigabyte) throw new Error(`${String(received)} of ${String(gigabyte)} bytes came back`);
};

const untilAnswers = async (port: number, ended: () => boolean): Promise<void> => {
  for (;;) {
    if (ended()) throw new Error('the server ended before it answered');
    const answers = await fetch(`http://127.0.0.1:${port}/`).then(
      // The local cloud answers so while it opens its state.
      ({ status }) => status !== 503,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const measure = async (s3: S3Client, pid: number): Promise<Omit<Figures, 'name'>> => {
  const body = Buffer.alloc(4_096, 'x');
  const put = (from: number, count: number): Promise<void> =>
    inParallel(
      Array.from({ length: count }, (_, index) => from + index),
      senders,
      async (index) => {
        const Key = `incoming/${String(index).padStart(6, '0')}`;
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: body }));
      },
    );
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await put(0, 100);
  const putSeconds = await secondsOf(() => put(100, measuredPuts));
  await put(100 + measuredPuts, listedKeys - 100 - measuredPuts);
  let keys = 0;
  const listSeconds = await secondsOrRefusal(async () => {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) keys += page.KeyCount ?? 0;
  });
  const big = { Bucket: bucket, Key: 'big' };
  const upSeconds = await secondsOrRefusal(() => putWhole(s3, big));
  const upInPartsSeconds = await secondsOrRefusal(() => putInParts(s3, big));
  const downSeconds = await secondsOrRefusal(() => getWhole(s3, big));
  return {
    putsPerSecond: measuredPuts / putSeconds,
    listSeconds: typeof listSeconds === 'number' && keys !== listedKeys ? `${keys} keys` : listSeconds,
    upSeconds,
    upInPartsSeconds,
    downSeconds,
    peakMiB: await peakOf(pid),
  };
};

/** The most memory that the process ever had, as Linux counts it. */
const peakOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
};

const run = async ({ name, home, command, environment }: Contender): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-bench-s3-'));
  const port = await freePort();
  const child = spawn(process.execPath, ['--no-warnings', ...command(port, folder)], {
    env: { ...process.env, ...environment?.(port, folder) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    // The pair that s3rver knows; the others take any.
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    forcePathStyle: true,
    // s3rver is older than trailing checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
  try {
    await untilAnswers(port, () => child.exitCode !== null);
    const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
    return { name: `${name} ${version}`, ...(await measure(s3, child.pid ?? 0)) };
  } finally {
    s3.destroy();
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
};

const inWords = (outcome: Outcome): string => (typeof outcome === 'number' ? `${outcome.toFixed(2)} s` : outcome);

const table = (all: readonly Figures[]): string => {
  const head = ['', 'PUTs a second', '10,000 keys', '1 GB up', '1 GB in parts', '1 GB down', 'peak memory'];
  const rows = all.map((of) => [
    of.name,
    of.putsPerSecond.toFixed(0),
    inWords(of.listSeconds),
    inWords(of.upSeconds),
    inWords(of.upInPartsSeconds),
    inWords(of.downSeconds),
    `${of.peakMiB.toFixed(0)} MiB`,
  ]);
  return [head, ...rows].map((cells) => cells.map((cell) => cell.padStart(17)).join('')).join('\n');
};

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const figures: Figures[] = [];
for (const contender of contenders.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  process.stderr.write(`${contender.name} …\n`);
  figures.push(await run(contender));
}
process.stdout.write(process.argv.includes('--json') ? `${JSON.stringify(figures, null, 2)}\n` : `${table(figures)}\n`);
