import { processorConfig } from '../../lib/config.ts';

const environment = {
  STAGE: 'local',
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
  RETENTION_DAYS: '400',
  MAX_RUN_SECONDS: '300',
  RETRY_BASE_MS: '5000',
  CONCURRENCY: '8',
};

describe("the processor's configuration", () => {
  it('is read with its types', () => {
    expect(processorConfig(environment)).toEqual({
      ...environment,
      LEASE_MS: 45_000,
      SKEW_MS: 5_000,
      MAX_ATTEMPTS: 5,
      RETENTION_DAYS: 400,
      MAX_RUN_SECONDS: 300,
      RETRY_BASE_MS: 5_000,
      CONCURRENCY: 8,
      forcePathStyle: false,
    });
  });

  it('uses path-style addresses with an endpoint of one’s own', () => {
    expect(processorConfig({ ...environment, AWS_ENDPOINT_URL: 'http://localhost:4566' }).forcePathStyle).toBe(true);
  });

  it.each(Object.keys(environment))('names %s when it is missing', (name) => {
    expect(() => processorConfig({ ...environment, [name]: undefined })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.stringContaining(`${name} is missing`) }),
    );
  });

  it.each([
    ['LEASE_MS', 'soon', /LEASE_MS is "soon", expected a whole number from 1000 to 55000/],
    ['LEASE_MS', '60000', /LEASE_MS is "60000"/],
    ['LEASE_MS', '1e4', /LEASE_MS is "1e4"/],
    ['RETENTION_DAYS', '14', /expected a whole number from 15/],
    ['ARCHIVE_MODE', 'zip', /expected one of versions, bak/],
    ['INBOX_PREFIX', 'incoming', /ends in \//],
    ['WORK_QUEUE_URL', 'work', /URL of an SQS queue/],
    ['NOTICES_TOPIC_ARN', 'notices', /ARN of an SNS topic/],
  ])('names %s when it is %j', (name, value, message) => {
    expect(() => processorConfig({ ...environment, [name]: value })).toThrow(message);
  });

  it('names everything that is wrong at once', () => {
    expect(() => processorConfig({})).toThrow(/INBOX_BUCKET_NAME is missing;.*CONCURRENCY is missing/);
  });
});
