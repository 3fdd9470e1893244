import { laneReserveSeconds } from '../../offline/parameters/parameters.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, resourceOf, textOf } from '../support/template.ts';
import type { Template } from '../support/template.ts';

const templateOf = (stage: string): Promise<Template> => packagedTemplate({ stage });
const [local, dev, prod] = [await templateOf('local'), await templateOf('dev-anna'), await templateOf('prod')];

const modes = await packagedTemplate({ stage: 'prod', params: { kms: 'managed', tracing: 'active', ingest: 'queue' } });

const holdsData = ['InboxBucket', 'OutputsBucket', 'LogsBucket', 'LedgerTable'];

/** Every name that the template gives to something, by resource id. */
function namesIn(template: Template): Record<string, unknown> {
  const properties = [
    'BucketName',
    'TableName',
    'QueueName',
    'TopicName',
    'FunctionName',
    'LogGroupName',
    'RoleName',
    'StateMachineName',
    'AlarmName',
    'AliasName',
    'PolicyName',
    'DashboardName',
    // Of a rule.
    'Name',
  ];
  const named = Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::Lambda::Permission' || Type === 'AWS::Lambda::EventInvokeConfig'
      ? []
      : properties.filter((property) => property in Properties).map((property) => [id, textOf(Properties[property])]),
  );
  return Object.fromEntries(named) as Record<string, unknown>;
}

test('stage local has fixed names', () => {
  expect(namesIn(local)).toMatchObject({
    InboxBucket: 'everyfile-local-inbox',
    OutputsBucket: 'everyfile-local-outputs',
    LogsBucket: 'everyfile-local-logs',
    LedgerTable: 'everyfile-local-ledger',
    WorkQueue: 'everyfile-local-work',
    WorkDlq: 'everyfile-local-work-dlq',
    NoticesTopic: 'everyfile-local-notices',
    NoticesQueue: 'everyfile-local-notices',
    ProcessorLambdaFunction: 'everyfile-local-processor',
    SweeperLambdaFunction: 'everyfile-local-sweeper',
    RelayLambdaFunction: 'everyfile-local-relay',
    BucketCheckLambdaFunction: 'everyfile-local-bucketCheck',
    LogExportLambdaFunction: 'everyfile-local-logExport',
    LogsExportStateMachine: 'everyfile-local-logs-export',
  });
});

test('a deployed stage has its own name in every name, and the account in those of buckets', () => {
  const names = namesIn(dev);
  expect(names).toMatchObject({
    InboxBucket: 'everyfile-dev-anna-inbox-${AWS::AccountId}',
    OutputsBucket: 'everyfile-dev-anna-outputs-${AWS::AccountId}',
    LogsBucket: 'everyfile-dev-anna-logs-${AWS::AccountId}',
  });
  for (const name of Object.values(names)) expect(name).toContain('everyfile-dev-anna');
});

test('so does a stage with a key, a queue and traces, and CloudFormation names no role', () => {
  const names = namesIn(modes);
  expect(names).toMatchObject({
    Dashboard: 'everyfile-prod',
    DataKeyAlias: 'alias/everyfile-prod',
    LogsExportRole: 'everyfile-prod-logs-export',
    SweeperEventsRuleSchedule1: 'everyfile-prod-sweeper',
    SweeperSilentAlarm: 'everyfile-prod-sweeper-silent',
  });
  for (const name of Object.values(names)) expect(name).toContain('everyfile-prod');
  for (const id of idsOf(modes, 'AWS::IAM::Role')) expect(names).toHaveProperty(id);
});

test('stage local reads its notices from a queue; a deployed stage has no such queue', () => {
  const { Properties } = resourceOf(local, 'NoticesSubscription', 'AWS::SNS::Subscription');
  expect(textOf(Properties)).toEqual({
    TopicArn: '${NoticesTopic}',
    Protocol: 'sqs',
    Endpoint: '${NoticesQueue.Arn}',
    RawMessageDelivery: false,
  });
  expect(dev.Resources).not.toHaveProperty('NoticesQueue');
  expect(prod.Resources).not.toHaveProperty('NoticesQueue');
});

test.each(holdsData)('prod keeps %s when the stack is removed, a developer’s stage does not', (id) => {
  const keepsOf = ({ Resources }: Template): unknown[] => [
    Resources[id]?.DeletionPolicy,
    Resources[id]?.UpdateReplacePolicy,
  ];
  expect(keepsOf(prod)).toEqual(['Retain', 'Retain']);
  expect(keepsOf(dev)).toEqual(['Delete', 'Delete']);
});

test('prod’s ledger cannot be deleted by mistake, a developer’s can', () => {
  const protection = (template: Template): unknown =>
    resourceOf(template, 'LedgerTable', 'AWS::DynamoDB::Table').Properties['DeletionProtectionEnabled'];
  expect([protection(prod), protection(dev)]).toEqual([true, false]);
});

test('a dead function’s file is taken over within Lambda’s own first retry', () => {
  for (const template of [dev, prod]) {
    const { Properties } = resourceOf(template, 'ProcessorLambdaFunction', 'AWS::Lambda::Function');
    const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
    expect(Number(Variables['LEASE_MS']) + Number(Variables['SKEW_MS'])).toBeLessThan(60_000);
  }
});

/** Every kind of stage. */
const stages = [
  ['local', local],
  ['dev', dev],
  ['prod', prod],
] as const;

test.each(stages)(
  '%s leaves the relay time to end what it has begun, and hides a message for as long as it may run',
  (_, template) => {
    const { Properties: relay } = resourceOf(template, 'RelayLambdaFunction', 'AWS::Lambda::Function');
    const { Variables } = relay['Environment'] as { Variables: Record<string, string> };
    const timeoutSeconds = Number(relay['Timeout']);
    expect(timeoutSeconds - laneReserveSeconds).toBeGreaterThan(Number(Variables['MAX_RUN_SECONDS']));
    const { Properties: queue } = resourceOf(template, 'WorkQueue', 'AWS::SQS::Queue');
    expect(Number(queue['VisibilityTimeout'])).toBeGreaterThanOrEqual(timeoutSeconds);
  },
);

test.each(stages)('the outputs of %s say where everything is', (_, { Outputs }) => {
  expect(textOf(Outputs)).toMatchObject({
    InboxBucketName: { Value: '${InboxBucket}' },
    OutputsBucketName: { Value: '${OutputsBucket}' },
    LogsBucketName: { Value: '${LogsBucket}' },
    LedgerTableName: { Value: '${LedgerTable}' },
    WorkQueueUrl: { Value: '${WorkQueue}' },
    WorkDlqUrl: { Value: '${WorkDlq}' },
    NoticesTopicArn: { Value: '${NoticesTopic}' },
  });
});
