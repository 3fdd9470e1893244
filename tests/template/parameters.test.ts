import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorConfig } from '../../lib/config.ts';
import { parameters } from '../../offline/parameters/parameters.ts';
import { packageService } from '../../scripts/package-service.ts';

const projectFolder = join(import.meta.dirname, '..', '..');
const documentation = readFileSync(join(projectFolder, 'docs', 'configuration.md'), 'utf8');

/** Far more than the framework needs, on a machine that is busy with other tests. */
const packagingMs = 120_000;

/** One of each way that serverless.yml uses a parameter: to choose a file, to choose a value, as a value with a schema. */
test.each([
  ['ingest', 'both', ['direct', 'queue']],
  ['archive', 'none', ['versions', 'bak']],
  ['timeoutSeconds', 'soon', ['a whole number from']],
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
  const table = documentation.split('\n## ').find((section) => section.startsWith('Parameters')) ?? '';
  const explained = [...table.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name!);
  expect(explained.toSorted()).toEqual(Object.keys(parameters).toSorted());
});

/** An environment that the processor accepts; each case below replaces one variable. */
const environment = {
  INBOX_BUCKET_NAME: 'inbox',
  INBOX_PREFIX: 'incoming/',
  OUTPUTS_BUCKET_NAME: 'outputs',
  LEDGER_TABLE_NAME: 'ledger',
  WORK_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/work',
  NOTICES_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:notices',
  ARCHIVE_MODE: 'versions',
  LEASE_MS: '45000',
  SKEW_MS: '5000',
  MAX_ATTEMPTS: '5',
  RETRY_BASE_MS: '5000',
  RETENTION_DAYS: '400',
  MAX_RUN_SECONDS: '300',
  CONCURRENCY: '8',
};

test.each([
  ['archive', 'ARCHIVE_MODE'],
  ['leaseMs', 'LEASE_MS'],
  ['skewMs', 'SKEW_MS'],
  ['maxAttempts', 'MAX_ATTEMPTS'],
  ['retryBaseMs', 'RETRY_BASE_MS'],
  ['retentionDays', 'RETENTION_DAYS'],
  ['maxRunSeconds', 'MAX_RUN_SECONDS'],
  ['concurrency', 'CONCURRENCY'],
])('every %s that can be packaged is accepted at cold start', (parameter, variable) => {
  const { kind } = parameters[parameter]!;
  const values = kind.type === 'choice' ? kind.values : [kind.minimum, kind.maximum];
  for (const value of values) {
    expect(() => processorConfig({ ...environment, [variable]: String(value) })).not.toThrow();
  }
});
