/** What values a stage parameter takes. */
export type Kind =
  | Readonly<{ type: 'choice'; values: readonly (string | number)[] }>
  | Readonly<{ type: 'integer'; minimum: number; maximum: number }>
  /** What EventBridge takes: `rate(5 minutes)`, `cron(0 12 * * ? *)`. */
  | Readonly<{ type: 'schedule' }>
  | Readonly<{ type: 'text'; pattern: RegExp; expected: string }>;

/** A stage parameter: set under `params:` in serverless.yml or with `--param='name=value'`. */
export type Parameter = Readonly<{ kind: Kind; meaning: string }>;

const choice = (...values: (string | number)[]): Kind => ({ type: 'choice', values });
const integer = (minimum: number, maximum: number): Kind => ({ type: 'integer', minimum, maximum });

const schedule: Kind = { type: 'schedule' };
const text = (pattern: RegExp, expected: string): Kind => ({ type: 'text', pattern, expected });

/** What a run of the sweeper or the relay keeps back of its time-out, for the batch that it is at when time is up. */
export const laneReserveSeconds = 10;

/** Every stage parameter there is; their defaults stand in serverless.yml. */
export const parameters: Readonly<Record<string, Parameter>> = {
  ingest: { kind: choice('direct', 'queue'), meaning: 'how S3 events reach the processor' },
  archive: { kind: choice('versions', 'bak'), meaning: 'where a file goes when it is done' },
  redrive: { kind: choice('queue', 'refire'), meaning: 'how the sweeper brings on a file that nobody is at' },
  kms: { kind: choice('none', 'managed'), meaning: 'whose key encrypts what is stored' },
  tracing: { kind: choice('none', 'active'), meaning: 'whether X-Ray gets traces of the functions' },
  region: {
    kind: text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a Region: us-east-1 and the like'),
    meaning: 'where the stage is',
  },
  alarmEmail: {
    kind: text(/^(?:none|[^\s@,{}]+@[^\s@,{}]+\.[^\s@,{}]+)$/, 'an e-mail address, or none'),
    meaning: 'whom the alarms tell',
  },
  runbookUrl: {
    kind: text(
      /^(?:docs\/runbook\.md|https:\/\/[^\s#${}]{1,300})$/,
      'the https:// address under which docs/runbook.md can be read, without an anchor; or docs/runbook.md',
    ),
    meaning: 'where the alarms point to',
  },
  alarmUnfinishedSeconds: {
    kind: integer(60, 1_000_000),
    meaning: 'the age at which a file without a verdict is an alarm',
  },
  // CloudWatch evaluates a day at most.
  alarmSilenceSeconds: {
    kind: choice(900, 1800, 3600, 7200, 21_600, 43_200, 86_400),
    meaning: 'how long no sweep may end before that is an alarm',
  },
  // CloudWatch evaluates seven days at most.
  alarmExportDays: {
    kind: integer(2, 7),
    meaning: 'for how many days no logs export may succeed before that is an alarm',
  },
  leaseMs: { kind: integer(1000, 55_000), meaning: 'how long a claim holds without being renewed' },
  skewMs: { kind: integer(100, 30_000), meaning: 'by how much two clocks may differ' },
  maxAttempts: { kind: integer(1, 100), meaning: 'claims after which a file is quarantined' },
  retryBaseMs: { kind: integer(100, 900_000), meaning: 'the back-off after a first failure' },
  maxRunSeconds: { kind: integer(1, 889), meaning: 'the longest run of the actions of one file' },
  timeoutSeconds: { kind: integer(2, 900), meaning: 'the time-out of the processor' },
  concurrency: { kind: integer(1, 100), meaning: 'files that one invocation processes at once' },
  reservedConcurrency: { kind: integer(0, 10_000), meaning: 'ceiling on processors that run at once' },
  sweepRate: { kind: schedule, meaning: 'when the sweeper runs' },
  sweeperTimeoutSeconds: { kind: integer(laneReserveSeconds + 1, 900), meaning: 'the time-out of the sweeper' },
  minimumAgeSeconds: {
    kind: integer(1, 86_400),
    meaning: 'the age below which the sweep leaves an object to its event',
  },
  resendSeconds: { kind: integer(1, 86_400), meaning: 'the wait before the sweep sends a file once more' },
  relayRate: { kind: schedule, meaning: 'when the relay looks into the work queue' },
  relayTimeoutSeconds: { kind: integer(laneReserveSeconds + 2, 900), meaning: 'the time-out of the relay' },
  maxMessages: { kind: integer(1, 1_000_000), meaning: 'the most messages that one run of the relay takes' },
  maxHops: { kind: integer(1, 1000), meaning: 'how often the sweeper and the relay hand on to themselves' },
  // A notice or a retry may come days later: an item must outlive all of them.
  retentionDays: { kind: integer(15, 3650), meaning: 'how long the ledger remembers a file' },
  noncurrentVersionDays: { kind: integer(1, 3650), meaning: 'how long archived versions are kept' },
  bakDays: { kind: integer(1, 3650), meaning: 'how long copies in bak/ are kept' },
  quarantineDays: { kind: integer(1, 3650), meaning: 'how long files in quarantine are kept' },
  logRetentionDays: {
    // CloudWatch Logs takes these and no others.
    kind: choice(
      ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    ),
    meaning: 'how long log events are kept',
  },
  logGroups: {
    kind: text(
      /^[\w\-/.#]+\*?(?:,[\w\-/.#]+\*?)*$/,
      'own, or names of log groups with commas between them; a * at the end of one stands for any ending',
    ),
    meaning: 'whose logs are exported',
  },
  monthsBack: { kind: integer(1, 120), meaning: 'how many closed months the logs export looks after' },
  exportDays: { kind: integer(62, 36_500), meaning: 'how long exported logs are kept' },
  exportRate: { kind: schedule, meaning: 'when the logs export starts' },
  deletionPolicy: { kind: choice('Delete', 'Retain'), meaning: 'what becomes of the data when the stack is removed' },
  permissionsBoundary: {
    kind: text(
      /^(?:none|arn:aws[\w-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@\-/]{1,500})$/,
      'the ARN of an IAM policy, or none',
    ),
    meaning: 'what no role of the stage may exceed',
  },
};
