import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, resourceOf, statementsOf, textOf, type Template } from '../support/template.ts';

const dev = await packagedTemplate({ stage: 'dev' });
const managed = await packagedTemplate({
  stage: 'prod',
  params: { kms: 'managed', tracing: 'active', ingest: 'queue' },
});
const managedRefire = await packagedTemplate({ stage: 'prod', params: { kms: 'managed', redrive: 'refire' } });
const local = await packagedTemplate({ stage: 'local' });
const everyStage = [
  ['local', local],
  ['dev', dev],
  ['prod with kms: managed', managed],
] as const;

const propertiesOf = (template: Template, type: string): [string, Record<string, unknown>][] =>
  idsOf(template, type).map((id) => [id, textOf(template.Resources[id]?.Properties) as Record<string, unknown>]);

/** Where services are let in, at least: a test of nothing would pass. */
const letsIn: Readonly<Record<string, readonly string[]>> = {
  local: ['NoticesQueuePolicy'],
  'prod with kms: managed': ['WorkQueuePolicy', 'DataKey'],
};

/** The framework's own bucket for deployments, which serverless.yml can only have encrypted by S3. */
const ownBuckets = (template: Template) =>
  propertiesOf(template, 'AWS::S3::Bucket').filter(([id]) => id !== 'ServerlessDeploymentBucket');

describe('kms: managed', () => {
  const key = '${DataKey.Arn}';

  test('encrypts every bucket with the key of the stage, at one request to KMS for many objects', () => {
    for (const [, { BucketEncryption }] of ownBuckets(managed)) {
      expect(BucketEncryption).toEqual({
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
          },
        ],
      });
    }
  });

  test('encrypts every queue, topic, table and log group', () => {
    const keyOf = (type: string, property: string): unknown[] =>
      propertiesOf(managed, type).map(([, properties]) => properties[property]);
    for (const id of [...keyOf('AWS::SQS::Queue', 'KmsMasterKeyId'), ...keyOf('AWS::SNS::Topic', 'KmsMasterKeyId')]) {
      expect(id).toBe('${DataKey}');
    }
    for (const id of keyOf('AWS::Logs::LogGroup', 'KmsKeyId')) expect(id).toBe(key);
    expect(keyOf('AWS::DynamoDB::Table', 'SSESpecification')).toEqual([
      { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
    ]);
  });

  test('lets every function use the key, and nothing else of KMS', () => {
    const roles = idsOf(managed, 'AWS::IAM::Role').filter((id) => id.endsWith('IamRoleLambdaExecution'));
    const functions = idsOf(managed, 'AWS::Lambda::Function');
    const { Properties } = resourceOf(managed, 'DataKeyUse', 'AWS::IAM::Policy');
    const attached = textOf(Properties['Roles']) as string[];
    const perFunction = functions.map((id) => `\${${id.replace('LambdaFunction', 'IamRoleLambdaExecution')}}`);
    expect(attached.toSorted()).toEqual(perFunction.toSorted());
    expect(roles).toEqual(expect.arrayContaining(perFunction.map((name) => name.slice(2, -1))));
    const uses = statementsOf(managed).filter(
      ({ source, actions }) => source !== 'DataKey' && actions.some((action) => action.startsWith('kms:')),
    );
    expect(uses).toEqual([
      expect.objectContaining({
        source: 'DataKeyUse',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [key],
      }),
    ]);
  });

  test('keeps the key where it keeps the data, and turns it every year', () => {
    const dataKey = resourceOf(managed, 'DataKey', 'AWS::KMS::Key');
    expect([dataKey.DeletionPolicy, dataKey.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    expect(dataKey.Properties['EnableKeyRotation']).toBe(true);
  });

  test('takes redrive: refire for queue, because a copy would have another eTag', () => {
    const { Properties } = resourceOf(managedRefire, 'SweeperLambdaFunction', 'AWS::Lambda::Function');
    expect(Properties['Environment']).toMatchObject({ Variables: { REDRIVE_MODE: 'queue' } });
  });
});

test('kms: none makes no key', () => {
  expect(idsOf(dev, 'AWS::KMS::Key')).toEqual([]);
});

describe('tracing', () => {
  const modes = (template: Template): unknown[] =>
    propertiesOf(template, 'AWS::Lambda::Function').map(([, { TracingConfig }]) => TracingConfig);

  test('none: no function is traced', () => expect(new Set(modes(dev))).toEqual(new Set([undefined])));

  test('active: every function is, and may say so to X-Ray', () => {
    for (const mode of modes(managed)) expect(mode).toEqual({ Mode: 'Active' });
    const { Properties } = resourceOf(managed, 'TracingUse', 'AWS::IAM::Policy');
    expect(Properties['Roles']).toHaveLength(modes(managed).length);
  });
});

describe.each(everyStage)('stage %s', (stage, template) => {
  test('a service is let in only for the sake of this account, or of one resource of it', () => {
    const services = statementsOf(template).filter(
      ({ effect, principals }) => effect === 'Allow' && principals.some((one) => one.endsWith('.amazonaws.com')),
    );
    expect(services.map(({ source }) => source)).toEqual(expect.arrayContaining(letsIn[stage] ?? []));
    for (const { source, condition } of services) {
      const text = JSON.stringify(condition ?? {});
      const account = stage === 'local' ? /"aws:SourceAccount"/ : /"aws:SourceAccount":"\$\{AWS::AccountId\}"/;
      const context = /"kms:EncryptionContext:aws:(?:logs|s3):arn":"[^"]*\$\{AWS::AccountId\}/;
      expect([source, account.test(text) || context.test(text)]).toEqual([source, true]);
    }
  });

  test('a service may invoke a function only for one resource of this account', () => {
    for (const [id, { Principal, SourceArn, SourceAccount }] of propertiesOf(template, 'AWS::Lambda::Permission')) {
      const ofThisStack = Object.keys(template.Resources).some((resource) => SourceArn === `\${${resource}.Arn}`);
      const isNarrow = SourceArn !== undefined && (ofThisStack || SourceAccount === '${AWS::AccountId}');
      expect([id, Principal, isNarrow]).toEqual([id, Principal, true]);
    }
  });

  test('only Lambda takes on a function’s role; any other service does so for one resource of this account alone', () => {
    for (const [id, { AssumeRolePolicyDocument }] of propertiesOf(template, 'AWS::IAM::Role')) {
      const { Statement } = AssumeRolePolicyDocument as {
        Statement: { Principal: { Service: string | string[] }; Condition?: unknown }[];
      };
      for (const { Principal, Condition } of Statement) {
        // Lambda names no source when it takes on a role; who may pass the role to a function is iam:PassRole's to say.
        if ([Principal.Service].flat().join() === 'lambda.amazonaws.com') continue;
        expect([id, Condition]).toEqual([
          id,
          {
            StringEquals: { 'aws:SourceAccount': expect.anything() },
            // The whole name of one machine or rule.
            ArnEquals: {
              'aws:SourceArn': expect.stringMatching(/:(?:stateMachine:|rule\/)everyfile-[a-z]+-logs-export$/),
            },
          },
        ]);
      }
    }
  });

  test('every bucket, queue and topic refuses who comes without TLS', () => {
    const refused = statementsOf(template)
      .filter(({ effect, condition }) => effect === 'Deny' && JSON.stringify(condition).includes('SecureTransport'))
      .flatMap(({ resources }) => resources);
    const ids = ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SNS::Topic'].flatMap((type) => idsOf(template, type));
    // The framework's bucket has a policy of its own, and on a laptop there is no TLS.
    const exempt = new Set(['ServerlessDeploymentBucket', ...(stage === 'local' ? ['NoticesQueue'] : [])]);
    for (const id of ids.filter((one) => !exempt.has(one))) {
      expect([id, refused.some((resource) => resource === `\${${id}}` || resource === `\${${id}.Arn}`)]).toEqual([
        id,
        true,
      ]);
    }
  });

  test('every bucket is closed to the public, keeps versions and cleans up after itself', () => {
    for (const [, properties] of ownBuckets(template)) {
      expect(properties).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      });
      const { Rules } = properties['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
      const keys = Rules.flatMap((rule) => Object.keys(rule));
      expect(keys).toEqual(expect.arrayContaining(['AbortIncompleteMultipartUpload', 'NoncurrentVersionExpiration']));
      expect(Rules.some((rule) => rule['ExpiredObjectDeleteMarker'] === true)).toBe(true);
    }
  });

  test('every log group forgets', () => {
    const groups = propertiesOf(template, 'AWS::Logs::LogGroup');
    expect(groups).not.toHaveLength(0);
    for (const [, { RetentionInDays }] of groups) expect(RetentionInDays).toBe(150);
  });
});

test('copies in bak/ and files in quarantine leave the inbox’s bucket in the end', () => {
  const { Properties } = resourceOf(dev, 'InboxBucket', 'AWS::S3::Bucket');
  const { Rules } = Properties['LifecycleConfiguration'] as { Rules: unknown[] };
  expect(Rules).toContainEqual(expect.objectContaining({ Prefix: 'bak/', ExpirationInDays: 30 }));
  expect(Rules).toContainEqual(expect.objectContaining({ Prefix: 'quarantine/', ExpirationInDays: 400 }));
});

test('no rule of the inbox’s bucket expires what waits under incoming/', () => {
  const { Properties } = resourceOf(dev, 'InboxBucket', 'AWS::S3::Bucket');
  const { Rules } = Properties['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
  for (const { Prefix, ExpirationInDays, ExpirationDate } of Rules) {
    if (ExpirationInDays === undefined && ExpirationDate === undefined) continue;
    expect(['bak/', 'quarantine/']).toContain(Prefix);
  }
});

test('everything that takes a tag can be told by service and stage', () => {
  for (const [, { Tags }] of propertiesOf(dev, 'AWS::Lambda::Function')) {
    expect(Tags).toEqual(
      expect.arrayContaining([
        { Key: 'stage', Value: 'dev' },
        { Key: 'service', Value: 'everyfile' },
      ]),
    );
  }
});
