import { ConfigurationError } from './domain/errors.ts';

/** Environment variables, as a process has them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one variable, or says in words what is wrong with it. */
type Reader<T> = (value: string) => T | Readonly<{ expected: string }>;

/** Raised by a reader. */
const isComplaint = (value: unknown): value is { expected: string } =>
  typeof value === 'object' && value !== null && 'expected' in value;

const text: Reader<string> = (value) => value;

const matching =
  (pattern: RegExp, expected: string): Reader<string> =>
  (value) =>
    pattern.test(value) ? value : { expected };

const integer =
  (min: number, max: number): Reader<number> =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? Number(value)
      : { expected: `a whole number from ${String(min)} to ${String(max)}` };

const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value) =>
    allowed.find((one) => one === value) ?? { expected: `one of ${allowed.join(', ')}` };

type Slice = Readonly<Record<string, Reader<unknown>>>;
type Read<S extends Slice> = { [Name in keyof S]: Exclude<ReturnType<S[Name]>, { expected: string }> };

/** Reads the slice of the environment that one function uses, and names everything that is wrong with it at once. */
const readSlice = <S extends Slice>(environment: Environment, slice: S): Read<S> => {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(slice)) {
    const value = environment[name];
    if (value === undefined || value === '') {
      problems.push(`${name} is missing`);
      continue;
    }
    const parsed = reader(value);
    if (isComplaint(parsed)) problems.push(`${name} is "${value.slice(0, 100)}", expected ${parsed.expected}`);
    else read[name] = parsed;
  }
  if (problems.length > 0) {
    throw new ConfigurationError(
      `${problems.join('; ')}. It is set in serverless.yml, under the function's environment`,
    );
  }
  return read as Read<S>;
};

const minute = 60 * 1000;

/** What every function needs that touches files and their ledger. */
const fileSlice = {
  INBOX_BUCKET_NAME: text,
  INBOX_PREFIX: matching(/^[^/].*\/$/, 'a prefix that ends in /'),
  OUTPUTS_BUCKET_NAME: text,
  LEDGER_TABLE_NAME: text,
  WORK_QUEUE_URL: matching(/^https?:\/\//, 'the URL of an SQS queue'),
  NOTICES_TOPIC_ARN: matching(/^arn:/, 'the ARN of an SNS topic'),
  ARCHIVE_MODE: oneOf('versions', 'bak'),
  LEASE_MS: integer(1_000, 55_000),
  SKEW_MS: integer(100, 30_000),
  RETENTION_DAYS: integer(15, 3_650),
  CONCURRENCY: integer(1, 100),
  /** Tells its metrics from those of other stages. */
  STAGE: text,
} satisfies Slice;

/** What running the actions takes besides. */
const actionSlice = {
  ...fileSlice,
  MAX_ATTEMPTS: integer(1, 100),
  MAX_RUN_SECONDS: integer(1, 900),
  RETRY_BASE_MS: integer(100, 15 * minute),
} satisfies Slice;

/** What handing a baton on takes besides. Lambda itself tells a function its name. */
const laneSlice = {
  AWS_LAMBDA_FUNCTION_NAME: text,
  MAX_HOPS: integer(1, 1_000),
} satisfies Slice;

const sweeperSlice = {
  ...fileSlice,
  ...laneSlice,
  INGEST_MODE: oneOf('direct', 'queue'),
  REDRIVE_MODE: oneOf('queue', 'refire'),
  MINIMUM_AGE_SECONDS: integer(1, 24 * 60 * 60),
  RESEND_SECONDS: integer(1, 24 * 60 * 60),
} satisfies Slice;

const relaySlice = {
  ...actionSlice,
  ...laneSlice,
  MAX_MESSAGES: integer(1, 1_000_000),
  WORK_DLQ_URL: matching(/^https?:\/\//, 'the URL of an SQS queue'),
} satisfies Slice;

/** What both functions of the logs export read. */
const exportSlice = {
  LOGS_BUCKET_NAME: text,
  EXPORT_PREFIX: matching(/^[^/].*[^/]$/, 'a prefix without a slash at either end'),
  EXPORT_TASK_PREFIX: text,
} satisfies Slice;

const bucketCheckSlice = {
  ...exportSlice,
  STAGE: fileSlice.STAGE,
  LOG_GROUPS: text,
  OWN_LOG_GROUPS: text,
  MONTHS_BACK: integer(1, 120),
  NOTICES_TOPIC_ARN: fileSlice.NOTICES_TOPIC_ARN,
} satisfies Slice;

/** Whether S3 is addressed by path: an endpoint of one's own has no host name per bucket. */
type Addressing = Readonly<{ forcePathStyle: boolean }>;

/** What a function that touches files reads from its environment, checked. */
export type FileConfig = Read<typeof fileSlice> & Addressing;
/** What a function that runs actions reads. */
export type ActionConfig = Read<typeof actionSlice> & Addressing;
/** What both functions of the logs export read. */
export type ExportConfig = Read<typeof exportSlice> & Addressing;
/** What a function that runs a lane reads. */
export type LaneConfig = Read<typeof laneSlice>;

const withAddressing =
  <S extends Slice>(slice: S) =>
  (environment: Environment): Read<S> & Addressing => ({
    ...readSlice(environment, slice),
    forcePathStyle: (environment['AWS_ENDPOINT_URL'] ?? '') !== '',
  });

/**
 * Each function's slice of the environment.
 * @throws {ConfigurationError} at cold start, naming each variable that is missing or malformed
 */
export const processorConfig = withAddressing(actionSlice);
export const sweeperConfig = withAddressing(sweeperSlice);
export const relayConfig = withAddressing(relaySlice);
export const bucketCheckConfig = withAddressing(bucketCheckSlice);
export const logExportConfig = withAddressing(exportSlice);
