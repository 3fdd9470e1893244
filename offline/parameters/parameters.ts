/** What values a stage parameter takes. */
export type Kind =
  | Readonly<{ type: 'choice'; values: readonly (string | number)[] }>
  | Readonly<{ type: 'integer'; minimum: number; maximum: number }>;

/** A stage parameter: set under `params:` in serverless.yml or with `--param='name=value'`. */
export type Parameter = Readonly<{ kind: Kind; meaning: string }>;

const choice = (...values: (string | number)[]): Kind => ({ type: 'choice', values });
const integer = (minimum: number, maximum: number): Kind => ({ type: 'integer', minimum, maximum });

/** Every stage parameter there is; their defaults stand in serverless.yml. */
export const parameters: Readonly<Record<string, Parameter>> = {
  ingest: { kind: choice('direct', 'queue'), meaning: 'how S3 events reach the processor' },
  archive: { kind: choice('versions', 'bak'), meaning: 'where a file goes when it is done' },
  leaseMs: { kind: integer(1000, 55_000), meaning: 'how long a claim holds without being renewed' },
  skewMs: { kind: integer(100, 30_000), meaning: 'by how much two clocks may differ' },
  maxAttempts: { kind: integer(1, 100), meaning: 'claims after which a file is quarantined' },
  retryBaseMs: { kind: integer(100, 900_000), meaning: 'the back-off after a first failure' },
  maxRunSeconds: { kind: integer(1, 890), meaning: 'the longest run of the actions of one file' },
  timeoutSeconds: { kind: integer(2, 900), meaning: 'the time-out of the processor' },
  concurrency: { kind: integer(1, 100), meaning: 'files that one invocation processes at once' },
  reservedConcurrency: { kind: integer(0, 10_000), meaning: 'ceiling on processors that run at once' },
  // A notice or a retry may come days later: an item must outlive all of them.
  retentionDays: { kind: integer(15, 3650), meaning: 'how long the ledger remembers a file' },
  noncurrentVersionDays: { kind: integer(1, 3650), meaning: 'how long archived versions are kept' },
  logRetentionDays: {
    // CloudWatch Logs takes these and no others.
    kind: choice(
      ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    ),
    meaning: 'how long log events are kept',
  },
  deletionPolicy: { kind: choice('Delete', 'Retain'), meaning: 'what becomes of the data when the stack is removed' },
};
