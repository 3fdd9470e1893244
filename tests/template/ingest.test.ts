import { packagedTemplate } from '../support/packaged-template.ts';
import { dependenciesOf, resourceOf, statementsOf, textOf } from '../support/template.ts';
import type { Template } from '../support/template.ts';

const templateWith = (ingest: string): Promise<Template> => packagedTemplate({ stage: 'dev', params: { ingest } });
const direct = await templateWith('direct');
const queue = await templateWith('queue');

const everyNewFile = {
  Event: 's3:ObjectCreated:*',
  Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'incoming/' }] } },
};
const notificationsOf = (template: Template): unknown =>
  textOf(resourceOf(template, 'InboxBucket', 'AWS::S3::Bucket').Properties['NotificationConfiguration']);

/** The first circle of dependencies that is found from a resource, as a path; CloudFormation refuses a template with one. */
function circleFrom(template: Template, id: string, path: readonly string[] = []): readonly string[] | undefined {
  if (path.includes(id)) return [...path, id];
  for (const dependency of dependenciesOf(template, id)) {
    const circle = circleFrom(template, dependency, [...path, id]);
    if (circle) return circle;
  }
  return undefined;
}

describe('ingest: direct', () => {
  test('S3 invokes the processor for every new file, and nothing else', () => {
    expect(notificationsOf(direct)).toEqual({
      LambdaConfigurations: [{ ...everyNewFile, Function: '${ProcessorLambdaFunction.Arn}' }],
    });
  });

  test('only the inbox of this account may invoke, and may do so before the bucket is made', () => {
    expect(textOf(resourceOf(direct, 'InboxInvokePermission', 'AWS::Lambda::Permission').Properties)).toEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: '${ProcessorLambdaFunction.Arn}',
      Principal: 's3.amazonaws.com',
      SourceAccount: '${AWS::AccountId}',
      SourceArn: 'arn:${AWS::Partition}:s3:::everyfile-dev-inbox-${AWS::AccountId}',
    });
    expect(direct.Resources['InboxBucket']?.DependsOn).toContain('InboxInvokePermission');
  });

  test('S3 may not send to the work queue', () => {
    expect(sendersTo(direct)).toEqual([]);
  });
});

describe('ingest: queue', () => {
  test('S3 sends to the work queue for every new file, and nothing else', () => {
    expect(notificationsOf(queue)).toEqual({ QueueConfigurations: [{ ...everyNewFile, Queue: '${WorkQueue.Arn}' }] });
  });

  test('only the inbox of this account may send, and may do so before the bucket is made', () => {
    expect(sendersTo(queue)).toEqual([
      {
        source: 'WorkQueuePolicy',
        effect: 'Allow',
        actions: ['sqs:SendMessage'],
        resources: ['${WorkQueue.Arn}'],
        principals: ['s3.amazonaws.com'],
        condition: {
          ArnEquals: { 'aws:SourceArn': 'arn:${AWS::Partition}:s3:::everyfile-dev-inbox-${AWS::AccountId}' },
          StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' },
        },
      },
    ]);
    expect(queue.Resources['InboxBucket']?.DependsOn).toContain('WorkQueuePolicy');
  });

  test('S3 may not invoke the processor', () => {
    expect(queue.Resources).not.toHaveProperty('InboxInvokePermission');
  });
});

test.each([
  ['direct', direct],
  ['queue', queue],
])('ingest: %s makes no circle of resources that wait for each other', (_, template) => {
  for (const id of Object.keys(template.Resources)) expect(circleFrom(template, id)).toBeUndefined();
});

test('a circle would be found', () => {
  const resource = (referred: string) => ({ Type: 'AWS::SQS::Queue', Properties: { Tag: { Ref: referred } } });
  const template = { Resources: { A: resource('B'), B: resource('A') }, Outputs: {} };
  expect(circleFrom(template, 'A')).toEqual(['A', 'B', 'A']);
});

function sendersTo(template: Template) {
  return statementsOf(template).filter(({ source, effect }) => source === 'WorkQueuePolicy' && effect === 'Allow');
}
