import { banner, findInbox, formatLogLine } from '../../../offline/framework/terminal.ts';
import { createResolver } from '../../../offline/resources/resolve.ts';

const format = (line: string): string | undefined =>
  formatLogLine({ functionKey: 'processor', requestId: '11112222-3333-4444-5555-666677778888', line });

it('a log line is shown with its function and its invocation, and its level when it is not INFO', () => {
  expect(format('2026-11-22T10:00:00.000Z\tid\tINFO\t{"outcome":"done"}')).toBe(
    'processor 11112222  {"outcome":"done"}',
  );
  expect(format('2026-11-22T10:00:00.000Z\tid\tERROR\tone\rtwo')).toBe('processor 11112222  ERROR one\ntwo');
  expect(format('written raw')).toBe('processor 11112222  written raw');
});

it("Lambda's own lines about an invocation are not shown", () => {
  for (const word of ['START', 'END', 'REPORT']) expect(format(`${word} RequestId: 1`)).toBeUndefined();
});

it('the banner names the endpoint, the bucket that notifies, and a command that drops a file into its prefix', () => {
  const resources = {
    Outputs: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'outputs' } },
    Inbox: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: { 'Fn::Sub': 'the-${AWS::Region}-inbox' },
        NotificationConfiguration: {
          QueueConfigurations: [{ Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'incoming/' }] } } }],
        },
      },
    },
  };
  const endpoint = 'http://localhost:4567';
  const inbox = findInbox(resources, createResolver({ resources, endpoint, stage: 'local', functions: [] }));
  expect(inbox).toEqual({ bucket: 'the-us-east-1-inbox', prefix: 'incoming/' });
  const text = banner({ endpoint, region: 'us-east-1', stateDir: '.everyfile' }, inbox);
  expect(text).toContain(
    'aws --endpoint-url http://localhost:4567 --region us-east-1 s3 cp README.md s3://the-us-east-1-inbox/incoming/',
  );
});
