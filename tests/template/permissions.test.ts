import { adjustedParams, adjustedTemplate } from '../support/adjusted-stage.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, statementsOf, textOf } from '../support/template.ts';
import type { Template } from '../support/template.ts';

const templateWith = (params: Readonly<Record<string, string>>): Promise<Template> =>
  packagedTemplate({ stage: 'dev', params });
const versions = await templateWith({ archive: 'versions', redrive: 'queue' });
const bak = await templateWith({ archive: 'bak', redrive: 'queue' });
const refire = await templateWith({ archive: 'versions', redrive: 'refire' });
const managed = await templateWith({ ingest: 'queue', kms: 'managed', tracing: 'active', logGroups: 'own,/shop/*' });
const adjusted = await adjustedTemplate();
const everyTemplate = [
  ['archive: versions', versions],
  ['archive: bak', bak],
  ['redrive: refire', refire],
  ['ingest: queue, kms: managed, tracing: active', managed],
] as const;

const inbox = 'arn:${AWS::Partition}:s3:::everyfile-dev-inbox-${AWS::AccountId}';
const functions = 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:';
const anyLogGroup = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:';
const logGroups = `${anyLogGroup}/aws/lambda/`;
const functionKeys = ['processor', 'sweeper', 'relay', 'bucketCheck', 'logExport'];

/** A wildcard that is allowed to stand, for these actions alone, with its reason. */
type Exception = Readonly<{ resource: string; actions: RegExp; source?: string; reason: string }>;

const keys = /^s3:(?:Get|Put|Delete)Object(?:Tagging)?$|^s3:AbortMultipartUpload$/;

/** Every other wildcard fails the test below, and so does an exception that nothing needs. */
const exceptions: readonly Exception[] = [
  { resource: `${inbox}/incoming/*`, actions: keys, reason: 'The keys of files are the senders’ to choose.' },
  { resource: `${inbox}/quarantine/*`, actions: keys, reason: 'Keys made from the files’ ids.' },
  { resource: `${inbox}/bak/*`, actions: keys, reason: 'Keys made from the files’ ids.' },
  { resource: '${OutputsBucket.Arn}/*', actions: /^s3:PutObject$/, reason: 'Keys made from the files’ ids.' },
  {
    resource: '${LogsBucket.Arn}/logs/*',
    actions: /^s3:(?:Get|Put)Object$/,
    reason: 'Keys made from groups and months.',
  },
  {
    resource: '*',
    actions: /^logs:Describe(?:ExportTasks|LogGroups)$/,
    reason: 'CloudWatch Logs takes no resource for listing groups and export tasks.',
  },
  {
    resource: '*',
    actions: /^xray:Put(?:TraceSegments|TelemetryRecords)$/,
    source: 'TracingUse',
    reason: 'X-Ray takes no resource for these.',
  },
  {
    resource: '*',
    actions: /^kms:/,
    source: 'DataKey',
    reason: 'In a key’s own policy it is that key; the conditions say for what. kms:* is the account’s alone.',
  },
  {
    resource: `${anyLogGroup}/shop/*:*`,
    actions: /^logs:CreateExportTask$/,
    reason: 'The parameter logGroups says so.',
  },
  ...functionKeys.flatMap((key): Exception[] => [
    {
      resource: `${logGroups}everyfile-dev-${key}:*`,
      actions: /^logs:CreateExportTask$/,
      reason: 'How CloudWatch Logs writes one log group, in the policy for all but its tags.',
    },
    {
      resource: `${logGroups}everyfile-dev-${key}:*:*`,
      actions: /^logs:(?:CreateLogStream|PutLogEvents)$/,
      reason: 'The streams of its own log group, which Lambda names.',
    },
  ]),
];

/** What the role of a function allows, as `action resource` lines. */
function permissionsOf(template: Template, functionId: string): string[] {
  const permissions = statementsOf(template)
    .filter(({ roles, effect }) => roles?.includes(`${functionId}IamRoleLambdaExecution`) && effect === 'Allow')
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`)),
    )
    .filter((permission) => !/^logs:(?:CreateLogStream|PutLogEvents) /.test(permission));
  return [...new Set(permissions)].toSorted();
}

const functionIds = ['Processor', 'Sweeper', 'Relay', 'BucketCheck', 'LogExport'];

const each = (actions: readonly string[], resource: string): string[] =>
  actions.map((action) => `${action} ${resource}`);

/** What carrying out a verdict takes, for any function that does: copies go to these folders. */
const finishing = (...copyTargets: string[]): string[] => [
  `s3:ListBucket ${inbox}`,
  ...each(['s3:GetObject', 's3:GetObjectTagging', 's3:DeleteObject'], `${inbox}/incoming/*`),
  ...copyTargets.flatMap((target) =>
    each(['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'], `${inbox}/${target}/*`),
  ),
  ...each(['dynamodb:GetItem', 'dynamodb:UpdateItem'], '${LedgerTable.Arn}'),
  'sns:Publish ${NoticesTopic}',
  'sqs:SendMessage ${WorkQueue.Arn}',
];
const actions = ['s3:PutObject ${OutputsBucket.Arn}/*'];
const sweeping = [
  'dynamodb:BatchGetItem ${LedgerTable.Arn}',
  'dynamodb:Scan ${LedgerTable.Arn}/index/open',
  `lambda:InvokeFunction ${functions}everyfile-dev-sweeper`,
];
const draining = [
  ...each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'], '${WorkQueue.Arn}'),
  ...each(['sqs:SendMessage'], '${WorkDlq.Arn}'),
  `lambda:InvokeFunction ${functions}everyfile-dev-relay`,
];

test.each([
  ['versions', versions, ['quarantine']],
  ['bak', bak, ['quarantine', 'bak']],
])('archive: %s lets each function do what it is for, and nothing more', (_, template, copyTargets) => {
  const finish = finishing(...copyTargets);
  expect(permissionsOf(template, 'Processor')).toEqual(
    [...finish, ...actions, 'sqs:SendMessage ${WorkDlq.Arn}'].toSorted(),
  );
  expect(permissionsOf(template, 'Sweeper')).toEqual([...finish, ...sweeping].toSorted());
  expect(permissionsOf(template, 'Relay')).toEqual([...finish, ...actions, ...draining].toSorted());
});

test('redrive: refire lets the sweeper copy a file to bak/ and back, and nobody else', () => {
  expect(permissionsOf(refire, 'Sweeper')).toEqual(
    [
      ...finishing('quarantine'),
      ...sweeping,
      ...each(['s3:GetObject', 's3:GetObjectTagging', 's3:PutObject', 's3:PutObjectTagging'], `${inbox}/bak/*`),
      ...each(['s3:PutObject', 's3:PutObjectTagging'], `${inbox}/incoming/*`),
    ].toSorted(),
  );
  for (const id of ['Processor', 'Relay']) expect(permissionsOf(refire, id)).toEqual(permissionsOf(versions, id));
});

test('the logs export reads its bucket and the lists of CloudWatch Logs; one function writes manifests, one creates tasks', () => {
  const looking = [
    's3:ListBucket ${LogsBucket.Arn}',
    's3:GetObject ${LogsBucket.Arn}/logs/*',
    'logs:DescribeExportTasks *',
  ];
  expect(permissionsOf(versions, 'BucketCheck')).toEqual(
    [
      ...looking,
      's3:PutObject ${LogsBucket.Arn}/logs/*',
      'logs:DescribeLogGroups *',
      'sns:Publish ${NoticesTopic}',
    ].toSorted(),
  );
  expect(permissionsOf(versions, 'LogExport')).toEqual(
    [
      ...looking,
      's3:PutObject ${LogsBucket.Arn}/logs/*',
      ...functionKeys.map((key) => `logs:CreateExportTask ${logGroups}everyfile-dev-${key}:*`),
    ].toSorted(),
  );
});

test('kms: managed and tracing: active add the key and X-Ray to each function, and nothing else', () => {
  const added = [
    ...each(['kms:Decrypt', 'kms:GenerateDataKey'], '${DataKey.Arn}'),
    ...each(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], '*'),
  ];
  for (const id of functionIds) {
    const own = permissionsOf(versions, id);
    expect(permissionsOf(managed, id).filter((one) => !own.includes(one) && !one.includes('/shop/'))).toEqual(added);
  }
  expect(permissionsOf(managed, 'LogExport')).toContain(`logs:CreateExportTask ${anyLogGroup}/shop/*:*`);
});

test('the state machine may invoke its two functions, and its schedule may start it', () => {
  const allowedTo = (source: string) =>
    statementsOf(versions)
      .filter((statement) => statement.source === source && statement.effect === 'Allow')
      .flatMap(({ actions: names, resources }) => each(names, resources.join(' ')));
  expect(allowedTo('LogsExportRole')).toEqual([
    'lambda:InvokeFunction ${BucketCheckLambdaFunction.Arn} ${LogExportLambdaFunction.Arn}',
  ]);
  expect(allowedTo('LogsExportScheduleRole')).toEqual([
    'states:StartExecution arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:everyfile-dev-logs-export',
  ]);
});

/** Each wildcard in a statement that allows something, one line for each action on it. */
const wildcardsOf = (template: Template): { source: string; action: string; resource: string }[] =>
  statementsOf(template)
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ source, actions: names, resources }) =>
      resources
        .filter((resource) => resource.includes('*'))
        .flatMap((resource) => names.map((action) => ({ source, action, resource }))),
    );

const isExcepted = (
  { source, action, resource }: ReturnType<typeof wildcardsOf>[number],
  exception: Exception,
): boolean =>
  resource === exception.resource && exception.actions.test(action) && [undefined, source].includes(exception.source);

describe.each(everyTemplate)('%s', (_, template) => {
  const allowed = statementsOf(template).filter(({ effect }) => effect === 'Allow');

  test('no wildcard allows more than the listed exceptions', () => {
    const wild = wildcardsOf(template);
    expect(wild.length).toBeGreaterThan(0);
    expect(wild.filter((one) => !exceptions.some((exception) => isExcepted(one, exception)))).toEqual([]);
  });

  test('no statement allows an action by pattern, or allows everybody', () => {
    const patterns = allowed.flatMap(({ source, actions: names, principals }) =>
      names.filter((name) => name.includes('*')).map((name) => [source, name, ...principals]),
    );
    // Without it nobody could ever change the key again.
    const account = ['DataKey', 'kms:*', 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'];
    expect(patterns).toEqual(template === managed ? [account] : []);
    expect(allowed.flatMap(({ principals }) => principals).filter((principal) => principal.includes('*'))).toEqual([]);
  });

  test('nothing is allowed to all but a list, or on all but a list', () => {
    expect(JSON.stringify(template)).not.toMatch(/"Not(?:Action|Resource|Principal)"/);
  });

  test('every function has a role of its own, and there is no role besides but those of the logs export', () => {
    const roles = idsOf(template, 'AWS::Lambda::Function').map((id) => template.Resources[id]?.Properties['Role']);
    const ofFunctions = functionIds.map((id) => `${id}IamRoleLambdaExecution`);
    expect(textOf(roles)).toEqual(ofFunctions.map((id) => `\${${id}.Arn}`));
    expect(idsOf(template, 'AWS::IAM::Role').toSorted()).toEqual(
      [...ofFunctions, 'LogsExportRole', 'LogsExportScheduleRole'].toSorted(),
    );
  });
});

test('permissionsBoundary bounds every role, and none bounds none', () => {
  const boundariesOf = (template: Template) =>
    idsOf(template, 'AWS::IAM::Role').map((id) => textOf(template.Resources[id]?.Properties['PermissionsBoundary']));
  expect(boundariesOf(adjusted)).toEqual(Array.from({ length: 7 }, () => adjustedParams.permissionsBoundary));
  expect(new Set(boundariesOf(versions))).toEqual(new Set(['${AWS::NoValue}']));
});

test('each exception is needed', () => {
  const wild = everyTemplate.flatMap(([, template]) => wildcardsOf(template));
  expect(exceptions.filter((exception) => !wild.some((one) => isExcepted(one, exception)))).toEqual([]);
});

test('a wildcard in a policy of its own, or in the role of a schedule, would be found', () => {
  for (const [id, path] of [
    ['TracingUse', 'PolicyDocument'],
    ['LogsExportScheduleRole', 'Policies'],
  ] as const) {
    const broken = structuredClone(managed) as { Resources: Record<string, { Properties: Record<string, unknown> }> };
    const { Properties } = broken.Resources[id]!;
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    const document = { Version: '2012-10-17', Statement: [statement] };
    Properties[path] = path === 'Policies' ? [{ PolicyDocument: document }] : document;
    const found = wildcardsOf(broken as unknown as Template).filter(
      (one) => !exceptions.some((exception) => isExcepted(one, exception)),
    );
    expect(found).toEqual([{ source: id, action: 's3:GetObject', resource: '*' }]);
  }
});
