import { packageService } from '../../scripts/package-service.ts';
import { idsOf, statementsOf } from '../support/template.ts';
import type { Template } from '../support/template.ts';

const templateWith = async (archive: string): Promise<Template> => {
  const service = await packageService({ stage: 'dev', params: { archive } });
  await service.remove();
  return service.template;
};
const versions = await templateWith('versions');
const bak = await templateWith('bak');

const inbox = 'arn:${AWS::Partition}:s3:::everyfile-dev-inbox-${AWS::AccountId}';
const logGroups = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/';

/** Wildcards that are allowed to stand, each with its reason; every other one fails the test below. */
const exceptions = new Map([
  [`${inbox}/incoming/*`, 'The keys of files are the senders’ to choose.'],
  [`${inbox}/quarantine/*`, 'Keys made from the files’ ids.'],
  [`${inbox}/bak/*`, 'Keys made from the files’ ids.'],
  ['${OutputsBucket.Arn}/*', 'Keys made from the files’ ids.'],
  [`${logGroups}everyfile-dev-processor:*:*`, 'The streams of its own log group, which Lambda names.'],
  [`${logGroups}everyfile-dev*:*`, 'The framework’s common role, which no function has.'],
  [`${logGroups}everyfile-dev*:*:*`, 'The framework’s common role, which no function has.'],
]);

/** What a role allows, as `action resource` lines. */
const permissionsOf = (template: Template, role: string): string[] =>
  statementsOf(template)
    .filter(({ source, effect }) => source === role && effect === 'Allow')
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`)),
    )
    .filter((permission) => !permission.startsWith('logs:'))
    .toSorted();

const processorWith = (...copyTargets: string[]): string[] =>
  [
    `s3:ListBucket ${inbox}`,
    ...['GetObject', 'GetObjectTagging', 'DeleteObject'].map((action) => `s3:${action} ${inbox}/incoming/*`),
    ...copyTargets.flatMap((target) =>
      ['PutObject', 'PutObjectTagging', 'AbortMultipartUpload'].map((action) => `s3:${action} ${inbox}/${target}/*`),
    ),
    's3:PutObject ${OutputsBucket.Arn}/*',
    'dynamodb:GetItem ${LedgerTable.Arn}',
    'dynamodb:UpdateItem ${LedgerTable.Arn}',
    'sns:Publish ${NoticesTopic}',
    'sqs:SendMessage ${WorkQueue.Arn}',
    'sqs:SendMessage ${WorkDlq.Arn}',
  ].toSorted();

test('archive: versions lets the processor copy to quarantine, and nothing more', () => {
  expect(permissionsOf(versions, 'ProcessorIamRoleLambdaExecution')).toEqual(processorWith('quarantine'));
});

test('archive: bak lets the processor copy to the archive too', () => {
  expect(permissionsOf(bak, 'ProcessorIamRoleLambdaExecution')).toEqual(processorWith('quarantine', 'bak'));
});

describe.each([
  ['versions', versions],
  ['bak', bak],
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
    expect(roles).toEqual([{ 'Fn::GetAtt': ['ProcessorIamRoleLambdaExecution', 'Arn'] }]);
  });
});
