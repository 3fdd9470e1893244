import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, statementsOf, textOf } from '../support/template.ts';
import type { Template } from '../support/template.ts';

const templateWith = (archive: string, redrive: string): Promise<Template> =>
  packagedTemplate({ stage: 'dev', params: { archive, redrive } });
const versions = await templateWith('versions', 'queue');
const bak = await templateWith('bak', 'queue');
const refire = await templateWith('versions', 'refire');

const inbox = 'arn:${AWS::Partition}:s3:::everyfile-dev-inbox-${AWS::AccountId}';
const functions = 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:';
const anyLogGroup = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:';
const logGroups = `${anyLogGroup}/aws/lambda/`;
const functionKeys = ['processor', 'sweeper', 'relay', 'bucketCheck', 'logExport'];

/** Wildcards that are allowed to stand, each with its reason; every other one fails the test below. */
const exceptions = new Map([
  [`${inbox}/incoming/*`, 'The keys of files are the senders’ to choose.'],
  [`${inbox}/quarantine/*`, 'Keys made from the files’ ids.'],
  [`${inbox}/bak/*`, 'Keys made from the files’ ids.'],
  ['${OutputsBucket.Arn}/*', 'Keys made from the files’ ids.'],
  ['${LogsBucket.Arn}/logs/*', 'Keys made from groups and months.'],
  ['*', 'CloudWatch Logs takes no resource for listing groups and export tasks.'],
  [`${anyLogGroup}*`, 'Which groups are exported is a parameter: a name, or the beginning of names.'],
  ...functionKeys.map((key): [string, string] => [
    `${logGroups}everyfile-dev-${key}:*:*`,
    'The streams of its own log group, which Lambda names.',
  ]),
  [`${logGroups}everyfile-dev*:*`, 'The framework’s common role, which no function has.'],
  [`${logGroups}everyfile-dev*:*:*`, 'The framework’s common role, which no function has.'],
]);

/** What the role of a function allows, as `action resource` lines. */
function permissionsOf(template: Template, functionId: string): string[] {
  const permissions = statementsOf(template)
    .filter(({ source, effect }) => source === `${functionId}IamRoleLambdaExecution` && effect === 'Allow')
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`)),
    )
    .filter((permission) => !/^logs:(?:CreateLog|PutLog|Tag)/.test(permission));
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
    [...looking, 's3:PutObject ${LogsBucket.Arn}/logs/*', `logs:CreateExportTask ${anyLogGroup}*`].toSorted(),
  );
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

describe.each([
  ['versions', versions],
  ['bak', bak],
  ['versions, redrive: refire', refire],
])('archive: %s', (_, template) => {
  const allowed = statementsOf(template).filter(({ effect }) => effect === 'Allow');

  test('no wildcard allows more than the listed exceptions', () => {
    const wild = allowed.flatMap(({ resources }) => resources).filter((resource) => resource.includes('*'));
    expect(wild.length).toBeGreaterThan(0);
    expect(wild.filter((resource) => !exceptions.has(resource))).toEqual([]);
  });

  test('no statement allows an action by pattern, or allows everybody', () => {
    expect(allowed.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
    expect(allowed.flatMap(({ principals }) => principals).filter((principal) => principal.includes('*'))).toEqual([]);
  });

  test('every function has a role of its own', () => {
    const roles = idsOf(template, 'AWS::Lambda::Function').map((id) => template.Resources[id]?.Properties['Role']);
    expect(textOf(roles)).toEqual(functionIds.map((id) => `\${${id}IamRoleLambdaExecution.Arn}`));
  });
});
