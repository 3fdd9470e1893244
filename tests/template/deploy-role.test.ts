import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument, visit } from 'yaml';
import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, textOf } from '../support/template.ts';

type Statement = Readonly<{
  Action: string | string[];
  Resource: string | string[];
  Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}>;

const source = readFileSync(join(import.meta.dirname, '..', '..', '.github', 'deploy-role.yml'), 'utf8');
// An intrinsic is read as the text in it, which is all that is looked at here.
const { Resources } = parse(source, { logLevel: 'silent' }) as {
  Resources: { DeployRole: { Properties: { Policies: { PolicyDocument: { Statement: Statement[] } }[] } } };
};
const statements = Resources.DeployRole.Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
const actionsOf = ({ Action }: Statement): string[] => [Action].flat();
const managed = await packagedTemplate({
  stage: 'prod',
  params: { kms: 'managed', tracing: 'active', ingest: 'queue' },
});

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
test.each([
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
])('lets DynamoDB, and nobody else, take %s for the table of a stage with a key', (action) => {
  const letting = statements.filter((statement) => actionsOf(statement).includes(action));
  expect(letting.map(({ Condition }) => Condition)).toEqual([
    {
      StringEquals: {
        'aws:ResourceTag/service': 'everyfile',
        'kms:ViaService': 'dynamodb.${AWS::Region}.amazonaws.com',
      },
      StringLike: { 'aws:ResourceTag/stage': 'Stages' },
    },
  ]);
});

test('what it may do to every resource is bound to the stage’s tags, or is looking', () => {
  const everywhere = statements.filter(({ Resource }) => [Resource].flat().some((one) => /^\*$|:key\/\*$/.test(one)));
  expect(everywhere.length).toBeGreaterThan(2);
  for (const statement of everywhere) {
    const isLooking = actionsOf(statement).every((action) => /:(?:Describe|Validate)/.test(action));
    expect([actionsOf(statement), isLooking || /Tag\/stage/.test(JSON.stringify(statement.Condition ?? {}))]).toEqual([
      actionsOf(statement),
      true,
    ]);
  }
});

// "YAML aliases are not allowed in CloudFormation templates", says CloudFormation; what the framework packages has none.
test('has no alias', () => {
  const aliases: string[] = [];
  visit(parseDocument(source, { logLevel: 'silent' }), { Alias: (_, { source: name }) => void aliases.push(name) });
  expect(aliases).toEqual([]);
});

test('makes roles, and writes their policies, with the boundary that it is given alone', () => {
  for (const action of ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:PutRolePermissionsBoundary']) {
    const letting = statements.filter((statement) => actionsOf(statement).includes(action));
    expect(letting.map(({ Condition }) => Condition)).toEqual([
      ['AskForBoundary', { StringEquals: { 'iam:PermissionsBoundary': 'PermissionsBoundary' } }, 'AWS::NoValue'],
    ]);
  }
  const all = statements.flatMap(actionsOf);
  expect(
    all.filter((action) => /^iam:(?:\*|Attach|DeleteRolePermissionsBoundary|Create(?!Role$))/.test(action)),
  ).toEqual([]);
});

test('knows every service that the stack has something of', () => {
  const services = new Set(statements.flatMap(actionsOf).map((action) => action.split(':')[0]));
  const prefixes: Readonly<Record<string, string>> = { StepFunctions: 'states' };
  for (const [, { Type }] of Object.entries(managed.Resources)) {
    const name = Type.split('::')[1] ?? '';
    expect(services).toContain(prefixes[name] ?? name.toLowerCase());
  }
});

test('every name in the stack begins as the role’s resources do', () => {
  for (const [id, name] of idsOf(managed, 'AWS::Events::Rule').map((one) => [
    one,
    managed.Resources[one]?.Properties['Name'],
  ])) {
    expect([id, textOf(name)]).toEqual([id, expect.stringMatching(/^everyfile-prod-[a-z-]+$/)]);
  }
});
