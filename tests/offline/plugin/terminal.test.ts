import { banner, findInbox } from '../../../offline/framework/terminal.ts';
import { createResolver } from '../../../offline/resources/resolve.ts';

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
