import { isBuiltin } from 'node:module';
import { packageService } from '../../scripts/package-service.ts';
import { adjustedParams, adjustedTemplate } from '../support/adjusted-stage.ts';
import { idsOf, resourceOf, statementsOf, textOf } from '../support/template.ts';

const service = await packageService({ stage: 'dev' });
const { template } = service;
const bundles: Record<string, Buffer> = {};
const functionKeys = ['processor', 'sweeper', 'relay', 'bucketCheck', 'logExport'];
for (const functionKey of functionKeys) bundles[functionKey] = await service.bundle(functionKey);
const relayMap = JSON.parse((await service.sourceMap('handlers/relay.cjs')).toString()) as { sources: string[] };
await service.remove();
const adjusted = await adjustedTemplate();

const buckets = idsOf(template, 'AWS::S3::Bucket').filter((id) => id !== 'ServerlessDeploymentBucket');

/** What every function that touches files reads. */
const fileEnvironment = {
  STAGE: 'dev',
  INBOX_BUCKET_NAME: 'everyfile-dev-inbox-${AWS::AccountId}',
  INBOX_PREFIX: 'incoming/',
  OUTPUTS_BUCKET_NAME: '${OutputsBucket}',
  LEDGER_TABLE_NAME: '${LedgerTable}',
  WORK_QUEUE_URL: '${WorkQueue}',
  NOTICES_TOPIC_ARN: '${NoticesTopic}',
  ARCHIVE_MODE: 'versions',
  LEASE_MS: '45000',
  SKEW_MS: '5000',
  RETENTION_DAYS: '400',
  CONCURRENCY: '10',
};

describe('a bucket', () => {
  test('there are three: the inbox, one for what actions write, and one for exported logs', () => {
    expect(buckets.toSorted()).toEqual(['InboxBucket', 'LogsBucket', 'OutputsBucket']);
  });

  describe.each(buckets)('%s', (id) => {
    const { Properties: properties } = resourceOf(template, id, 'AWS::S3::Bucket');

    test('keeps versions', () => {
      expect(properties['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
    });

    test('is closed to the public, and its owner owns what others put', () => {
      expect(properties['PublicAccessBlockConfiguration']).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(properties['OwnershipControls']).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    });

    test('encrypts', () => {
      expect(properties['BucketEncryption']).toEqual({
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      });
    });

    test('cleans up aborted uploads, and versions and delete markers that have served', () => {
      const { Rules } = properties['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
      expect(Rules.every(({ Status }) => Status === 'Enabled')).toBe(true);
      expect(Rules).toContainEqual(
        expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
      );
      expect(Rules).toContainEqual(
        expect.objectContaining({
          NoncurrentVersionExpiration: { NoncurrentDays: 7 },
          ExpiredObjectDeleteMarker: true,
        }),
      );
    });
  });
});

test.each([
  ['InboxBucketPolicy', 's3:*', ['${InboxBucket.Arn}', '${InboxBucket.Arn}/*']],
  ['OutputsBucketPolicy', 's3:*', ['${OutputsBucket.Arn}', '${OutputsBucket.Arn}/*']],
  ['LogsBucketPolicy', 's3:*', ['${LogsBucket.Arn}', '${LogsBucket.Arn}/*']],
  ['WorkQueuePolicy', 'sqs:*', ['${WorkQueue.Arn}']],
  ['WorkDlqPolicy', 'sqs:*', ['${WorkDlq.Arn}']],
  ['NoticesTopicPolicy', 'sns:Publish', ['${NoticesTopic}']],
])('%s refuses everybody who comes without TLS', (source, action, resources) => {
  expect(statementsOf(template)).toContainEqual({
    source,
    effect: 'Deny',
    actions: [action],
    resources,
    principals: ['*'],
    condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
});

describe('the ledger', () => {
  const { Properties: table } = resourceOf(template, 'LedgerTable', 'AWS::DynamoDB::Table');

  test('is keyed by the id of a file version and billed on demand', () => {
    expect(table['BillingMode']).toBe('PAY_PER_REQUEST');
    expect(table['KeySchema']).toEqual([{ AttributeName: 'id', KeyType: 'HASH' }]);
    expect(table['AttributeDefinitions']).toEqual([
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'open', AttributeType: 'S' },
    ]);
  });

  test('has one index, of keys only, over the items with an unsent notice', () => {
    expect(table['GlobalSecondaryIndexes']).toEqual([
      {
        IndexName: 'open',
        KeySchema: [{ AttributeName: 'open', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  test('forgets items by their own time, and can be restored to any second', () => {
    expect(table['TimeToLiveSpecification']).toEqual({ AttributeName: 'expiresAt', Enabled: true });
    expect(table['PointInTimeRecoverySpecification']).toEqual({ PointInTimeRecoveryEnabled: true });
  });
});

describe('the work queue', () => {
  const { Properties: queue } = resourceOf(template, 'WorkQueue', 'AWS::SQS::Queue');
  const { Properties: dlq } = resourceOf(template, 'WorkDlq', 'AWS::SQS::Queue');

  test('moves a message to its dead-letter queue after five receives', () => {
    expect(textOf(queue['RedrivePolicy'])).toEqual({ deadLetterTargetArn: '${WorkDlq.Arn}', maxReceiveCount: 5 });
  });

  test('has a dead-letter queue that keeps messages longer than it does itself', () => {
    expect(Number(dlq['MessageRetentionPeriod'])).toBeGreaterThan(Number(queue['MessageRetentionPeriod']));
  });

  test('is encrypted at rest, with its dead-letter queue', () => {
    expect([queue['SqsManagedSseEnabled'], dlq['SqsManagedSseEnabled']]).toEqual([true, true]);
  });

  test('hides a message for as long as its receiver can possibly run', () => {
    const { Properties: relay } = resourceOf(template, 'RelayLambdaFunction', 'AWS::Lambda::Function');
    expect(Number(queue['VisibilityTimeout'])).toBeGreaterThanOrEqual(Number(relay['Timeout']));
  });
});

describe.each(idsOf(template, 'AWS::Lambda::Function'))('%s', (id) => {
  test('runs on Node 24 on arm64', () => {
    const { Properties } = resourceOf(template, id, 'AWS::Lambda::Function');
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });
});

test('a deployment leaves no version of a function behind', () => {
  for (const type of ['AWS::Lambda::Version', 'AWS::Lambda::Alias']) expect(idsOf(template, type)).toEqual([]);
});

test('reservedConcurrency is the processor’s ceiling, and no other function’s', () => {
  const ceilings = idsOf(adjusted, 'AWS::Lambda::Function')
    .map((id) => [id, adjusted.Resources[id]?.Properties['ReservedConcurrentExecutions']])
    .filter(([, ceiling]) => ceiling !== undefined);
  expect(ceilings).toEqual([['ProcessorLambdaFunction', Number(adjustedParams.reservedConcurrency)]]);
});

describe('the processor', () => {
  const { Properties: processor } = resourceOf(template, 'ProcessorLambdaFunction', 'AWS::Lambda::Function');

  test('has time left after the longest action to commit and finish', () => {
    const { Variables } = processor['Environment'] as { Variables: Record<string, string> };
    expect(Number(processor['Timeout']) - Number(Variables['MAX_RUN_SECONDS'])).toBeGreaterThanOrEqual(10);
  });

  test('shares the account with others unless a stage reserves concurrency for it', () => {
    expect(processor).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('gets exactly the environment that it reads', () => {
    expect(textOf(processor['Environment'])).toEqual({
      Variables: { ...fileEnvironment, MAX_ATTEMPTS: '5', MAX_RUN_SECONDS: '300', RETRY_BASE_MS: '5000' },
    });
  });

  test('hands an event that it could not answer to the dead-letter queue', () => {
    const { Properties } = resourceOf(template, 'ProcessorLambdaEvConf', 'AWS::Lambda::EventInvokeConfig');
    expect(textOf(Properties)).toMatchObject({
      FunctionName: '${ProcessorLambdaFunction}',
      DestinationConfig: { OnFailure: { Destination: '${WorkDlq.Arn}' } },
    });
  });

  test('keeps its logs for a limited time', () => {
    expect(resourceOf(template, 'ProcessorLogGroup', 'AWS::Logs::LogGroup').Properties).toEqual({
      LogGroupName: '/aws/lambda/everyfile-dev-processor',
      RetentionInDays: 150,
    });
  });
});

test('the framework gives every resource that takes a tag those of the stack', () => {
  expect(service.stackTags).toEqual({ service: 'everyfile', stage: 'dev' });
});

describe.each([
  [
    'Sweeper',
    'rate(5 minutes)',
    { INGEST_MODE: 'direct', REDRIVE_MODE: 'queue', MINIMUM_AGE_SECONDS: '300', RESEND_SECONDS: '600', MAX_HOPS: '12' },
  ],
  [
    'Relay',
    'rate(1 minute)',
    {
      MAX_ATTEMPTS: '5',
      RETRY_BASE_MS: '5000',
      MAX_RUN_SECONDS: '300',
      MAX_HOPS: '12',
      MAX_MESSAGES: '100000',
      WORK_DLQ_URL: '${WorkDlq}',
    },
  ],
])('the %s', (id, rate, ownEnvironment) => {
  test('runs on a schedule, which alone may invoke it', () => {
    const rule = `${id}EventsRuleSchedule1`;
    expect(textOf(resourceOf(template, rule, 'AWS::Events::Rule').Properties)).toMatchObject({
      ScheduleExpression: rate,
      State: 'ENABLED',
      Targets: [{ Arn: `\${${id}LambdaFunction.Arn}` }],
    });
    const permissions = idsOf(template, 'AWS::Lambda::Permission')
      .map((permission) => textOf(template.Resources[permission]?.Properties) as Record<string, unknown>)
      .filter(({ FunctionName }) => FunctionName === `\${${id}LambdaFunction.Arn}`);
    expect(permissions).toEqual([
      expect.objectContaining({ Principal: 'events.amazonaws.com', SourceArn: `\${${rule}.Arn}` }),
    ]);
  });

  test('is not run again when a run failed: the next tick makes up for it', () => {
    const { Properties } = resourceOf(template, `${id}LambdaEvConf`, 'AWS::Lambda::EventInvokeConfig');
    expect(textOf(Properties)).toMatchObject({
      FunctionName: `\${${id}LambdaFunction}`,
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
    });
  });

  test('gets exactly the environment that it reads', () => {
    const { Properties } = resourceOf(template, `${id}LambdaFunction`, 'AWS::Lambda::Function');
    expect(textOf(Properties['Environment'])).toEqual({ Variables: { ...fileEnvironment, ...ownEnvironment } });
  });
});

describe('the logs export', () => {
  const exportEnvironment = {
    LOGS_BUCKET_NAME: '${LogsBucket}',
    EXPORT_PREFIX: 'logs',
    EXPORT_TASK_PREFIX: 'everyfile-dev-logs',
  };

  test.each([
    [
      'BucketCheck',
      {
        ...exportEnvironment,
        STAGE: 'dev',
        LOG_GROUPS: 'own',
        OWN_LOG_GROUPS: functionKeys.map((key) => `/aws/lambda/everyfile-dev-${key}`).join(', '),
        MONTHS_BACK: '3',
        NOTICES_TOPIC_ARN: '${NoticesTopic}',
      },
    ],
    ['LogExport', exportEnvironment],
  ])('%s gets exactly the environment that it reads', (id, environment) => {
    const { Properties } = resourceOf(template, `${id}LambdaFunction`, 'AWS::Lambda::Function');
    expect(textOf(Properties['Environment'])).toEqual({ Variables: environment });
  });

  test('CloudWatch Logs may write exports, for log groups of this account, and nothing else', () => {
    const letIn = statementsOf(template).filter(
      ({ source, effect }) => source === 'LogsBucketPolicy' && effect === 'Allow',
    );
    const condition = {
      StringEquals: { 'aws:SourceAccount': '${AWS::AccountId}' },
      ArnLike: { 'aws:SourceArn': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*' },
    };
    const principals = ['logs.${AWS::Region}.amazonaws.com'];
    const common = { source: 'LogsBucketPolicy', effect: 'Allow', principals, condition };
    expect(letIn).toEqual([
      { ...common, actions: ['s3:GetBucketAcl'], resources: ['${LogsBucket.Arn}'] },
      { ...common, actions: ['s3:PutObject'], resources: ['${LogsBucket.Arn}/logs/*'] },
    ]);
  });

  test('exported logs move to cheaper storage, and go in the end', () => {
    const { Properties } = resourceOf(template, 'LogsBucket', 'AWS::S3::Bucket');
    const { Rules } = Properties['LifecycleConfiguration'] as { Rules: unknown[] };
    expect(Rules).toContainEqual(
      expect.objectContaining({ Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }] }),
    );
    expect(Rules).toContainEqual(expect.objectContaining({ Prefix: 'logs/', ExpirationInDays: 400 }));
  });

  test('the state machine runs the two functions, on a schedule', () => {
    const machine = resourceOf(template, 'LogsExportStateMachine', 'AWS::StepFunctions::StateMachine').Properties;
    expect(machine['StateMachineName']).toBe('everyfile-dev-logs-export');
    const definition = JSON.stringify(machine['DefinitionString']);
    for (const id of ['BucketCheck', 'LogExport']) expect(definition).toContain(`"${id}LambdaFunction","Arn"`);
    const rules = idsOf(template, 'AWS::Events::Rule').map(
      (id) => textOf(template.Resources[id]?.Properties) as Record<string, unknown>,
    );
    expect(rules).toContainEqual(
      expect.objectContaining({
        ScheduleExpression: 'cron(0 14 * * ? *)',
        Targets: [
          expect.objectContaining({ Arn: '${LogsExportStateMachine}', RoleArn: '${LogsExportScheduleRole.Arn}' }),
        ],
      }),
    );
  });
});

test('only the relay may invoke itself more often than Lambda would let it: it has a budget of its own', () => {
  const loops = idsOf(template, 'AWS::Lambda::Function').map((id) => [
    id,
    template.Resources[id]?.Properties['RecursiveLoop'],
  ]);
  expect(loops).toEqual([
    ['ProcessorLambdaFunction', undefined],
    ['SweeperLambdaFunction', undefined],
    ['RelayLambdaFunction', 'Allow'],
    ['BucketCheckLambdaFunction', undefined],
    ['LogExportLambdaFunction', undefined],
  ]);
});

test.each([
  ['processor', 850_000],
  ['sweeper', 1_000_000],
  ['relay', 1_000_000],
  ['bucketCheck', 700_000],
  ['logExport', 700_000],
])('the %s is one bundle of at most %d bytes, the SDK included', (functionKey, mostBytes) => {
  const bundle = bundles[functionKey]!;
  expect(bundle.length).toBeLessThanOrEqual(mostBytes);
  const outside = [...bundle.toString().matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name!);
  // The SDK names this package in the text of an error message.
  expect(outside.filter((name) => !isBuiltin(name) && name !== '@aws-sdk/signature-v4-crt')).toEqual([]);
});

test('the source map of each bundle is kept beside its archive, and leads to the sources', () => {
  expect(relayMap.sources).toContainEqual(expect.stringMatching(/\/lib\/usecases\/drain\.ts$/));
});
