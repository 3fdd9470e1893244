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
const logGroups = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/';

/** Wildcards that are allowed to stand, each with its reason; every other one fails the test below. */
const exceptions = new Map([
  [`${inbox}/incoming/*`, 'The keys of files are the senders’ to choose.'],
  [`${inbox}/quarantine/*`, 'Keys made from the files’ ids.'],
  [`${inbox}/bak/*`, 'Keys made from the files’ ids.'],
  ['${OutputsBucket.Arn}/*', 'Keys made from the files’ ids.'],
  ...['processor', 'sweeper', 'relay'].map((key): [string, string] => [
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
    .filter((permission) => !permission.startsWith('logs:'));
  return [...new Set(permissions)].toSorted();
}

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
    expect(textOf(roles)).toEqual(['Processor', 'Sweeper', 'Relay'].map((id) => `\${${id}IamRoleLambdaExecution.Arn}`));
  });
});
