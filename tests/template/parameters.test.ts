import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bucketCheckConfig, processorConfig, relayConfig, sweeperConfig } from '../../lib/config.ts';
import { parameters } from '../../offline/parameters/parameters.ts';
import { packageService } from '../../scripts/package-service.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const documentation = readFileSync(join(projectFolder, 'docs', 'configuration.md'), 'utf8');

type Block = Readonly<Record<string, string | number | undefined>>;
const { params, custom } = parse(readFileSync(join(projectFolder, 'serverless.yml'), 'utf8'), {
  logLevel: 'silent',
  merge: true,
}) as {
  params: Readonly<Record<'default' | 'local' | 'prod', Block>>;
  custom: { localSchedules: Readonly<Record<'sweeper' | 'relay', number>> };
};

/** What replaces a rate on stage local. */
const localSeconds: ReadonlyMap<string, number> = new Map([
  ['sweepRate', custom.localSchedules.sweeper],
  ['relayRate', custom.localSchedules.relay],
]);

/** A value as the table has it: numbers grouped, all else as code. */
const cellOf = (value: string | number | undefined): string => {
  if (value === undefined) return '';
  return typeof value === 'number' ? value.toLocaleString('en-GB') : `\`${value}\``;
};

const table = documentation.split('\n## ').find((section) => section.startsWith('Parameters')) ?? '';

/** The cells `default`, `local` and `prod` of each parameter's row. */
const documentedCells: ReadonlyMap<string, readonly string[]> = new Map(
  [...table.matchAll(/^\| `(\w+)` (.+)$/gm)].map(([, name, rest]) => [
    name!,
    rest!
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim()),
  ]),
);

/** Far more than the framework needs, on a machine that is busy with other tests. */
const packagingMs = 120_000;

/** One of each way that serverless.yml uses a parameter: to choose a file, to choose a value, as a value with a schema. */
test.each([
  ['ingest', 'both', ['direct', 'queue']],
  ['archive', 'none', ['versions', 'bak']],
  ['timeoutSeconds', 'soon', ['a whole number from']],
  ['sweepRate', 'rate(1 minutes)', ['rate(5 minutes)']],
])(
  'packaging with %s=%s fails, and says what is allowed',
  async (name, value, allowed) => {
    const refused = packageService({ stage: 'dev', params: { [name]: value } });
    await expect(refused).rejects.toThrow(`The stage parameter ${name} cannot be "${value}"`);
    for (const one of allowed) await expect(refused).rejects.toThrow(one);
  },
  packagingMs,
);

test(
  'packaging with a parameter that does not exist fails, and says which do',
  async () => {
    const refused = packageService({ stage: 'dev', params: { ingset: 'queue' } });
    await expect(refused).rejects.toThrow('There is no stage parameter "ingset"');
    await expect(refused).rejects.toThrow(Object.keys(parameters).join(', '));
  },
  packagingMs,
);

test('the documentation explains the parameters that there are, no more and no less', () => {
  expect([...documentedCells.keys()].toSorted()).toEqual(Object.keys(parameters).toSorted());
});

test.each(Object.keys(parameters))('and says of %s what it is by default, on local and on prod', (name) => {
  const [byDefault, local, prod] = [params.default, params.local, params.prod].map((block) => cellOf(block[name]));
  const seconds = localSeconds.get(name);
  expect(documentedCells.get(name)).toEqual([
    // The one parameter without a default.
    name === 'reservedConcurrency' ? 'none' : byDefault,
    seconds === undefined ? local : `${seconds} s`,
    prod,
  ]);
});

/** An environment that every function accepts; each case below replaces one variable. */
const environment = {
  STAGE: 'dev',
  INBOX_BUCKET_NAME: 'inbox',
  INBOX_PREFIX: 'incoming/',
  OUTPUTS_BUCKET_NAME: 'outputs',
  LEDGER_TABLE_NAME: 'ledger',
  WORK_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/work',
  WORK_DLQ_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/work-dlq',
  NOTICES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:notices',
  ARCHIVE_MODE: 'versions',
  LEASE_MS: '45000',
  SKEW_MS: '5000',
  MAX_ATTEMPTS: '5',
  RETRY_BASE_MS: '5000',
  RETENTION_DAYS: '400',
  MAX_RUN_SECONDS: '300',
  CONCURRENCY: '8',
  AWS_LAMBDA_FUNCTION_NAME: 'everyfile-dev-sweeper',
  MAX_HOPS: '12',
  INGEST_MODE: 'direct',
  REDRIVE_MODE: 'queue',
  MINIMUM_AGE_SECONDS: '300',
  RESEND_SECONDS: '600',
  MAX_MESSAGES: '100000',
  LOGS_BUCKET_NAME: 'logs',
  EXPORT_PREFIX: 'logs',
  EXPORT_TASK_PREFIX: 'everyfile-dev-logs',
  LOG_GROUPS: 'own',
  OWN_LOG_GROUPS: '/aws/lambda/everyfile-dev-*',
  MONTHS_BACK: '3',
};
const configurations = [processorConfig, sweeperConfig, relayConfig, bucketCheckConfig];

test.each([
  ['ingest', 'INGEST_MODE'],
  ['archive', 'ARCHIVE_MODE'],
  ['redrive', 'REDRIVE_MODE'],
  ['minimumAgeSeconds', 'MINIMUM_AGE_SECONDS'],
  ['resendSeconds', 'RESEND_SECONDS'],
  ['maxMessages', 'MAX_MESSAGES'],
  ['maxHops', 'MAX_HOPS'],
  ['leaseMs', 'LEASE_MS'],
  ['skewMs', 'SKEW_MS'],
  ['maxAttempts', 'MAX_ATTEMPTS'],
  ['retryBaseMs', 'RETRY_BASE_MS'],
  ['retentionDays', 'RETENTION_DAYS'],
  ['maxRunSeconds', 'MAX_RUN_SECONDS'],
  ['concurrency', 'CONCURRENCY'],
  ['monthsBack', 'MONTHS_BACK'],
])('every %s that can be packaged is accepted at cold start', (parameter, variable) => {
  const { kind } = parameters[parameter]!;
  if (kind.type === 'schedule' || kind.type === 'text')
    throw new Error(`${parameter} is nothing that a function reads`);
  const values = kind.type === 'choice' ? kind.values : [kind.minimum, kind.maximum];
  for (const read of configurations) {
    for (const value of values) expect(() => read({ ...environment, [variable]: String(value) })).not.toThrow();
  }
});
