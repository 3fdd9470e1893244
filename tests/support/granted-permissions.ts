import { localAccountId, localArn } from '../../offline/resources/physical-names.ts';
import { createResolver } from '../../offline/resources/resolve.ts';
import type { Permission } from './permissions.ts';
import { idsOf, policyDocumentsOf, type Template } from './template.ts';

/** The stage's key, as the local cloud names it. */
export const dataKeyArn = localArn('kms', 'key/everyfile-local-DataKey');

type Resolved = Readonly<{ Action: string | string[]; Resource: string | string[] }>;

/** The keys under which serverless.yml has its functions, as the packaged template tells them. */
const functionKeysOf = (template: Template): string[] =>
  idsOf(template, 'AWS::Lambda::Function').map((id) => {
    const name = id.replace(/LambdaFunction$/, '');
    return name.charAt(0).toLowerCase() + name.slice(1);
  });

/** The roles that are no function's, and who takes them on. */
const servicesByRole: ReadonlyMap<string, string> = new Map([
  ['LogsExportRole', 'states'],
  ['LogsExportScheduleRole', 'events'],
]);

/** Who has a role in the template, by the name under which the local cloud's request log has it. Throws at a role of nobody. */
export const rolesOf = (template: Template): ReadonlyMap<string, string> => {
  const callersByRole = new Map([
    ...functionKeysOf(template).map((key): [string, string] => [
      `${key.charAt(0).toUpperCase()}${key.slice(1)}IamRoleLambdaExecution`,
      key,
    ]),
    ...servicesByRole,
  ]);
  return new Map(
    idsOf(template, 'AWS::IAM::Role').map((id) => {
      const caller = callersByRole.get(id);
      if (caller === undefined) throw new Error(`The template has a role that nobody is known to take on: ${id}.`);
      return [caller, id];
    }),
  );
};

/**
 * What the roles of a packaged stage allow, in themselves and in policies of their own: one entry for each action on each
 * resource, under the names that these resources have on the local cloud.
 */
export const grantedPermissions = (template: Template, stage: string): Permission[] => {
  const keys = functionKeysOf(template);
  const resolve = createResolver({
    resources: template.Resources,
    endpoint: 'http://localhost',
    stage,
    functions: keys.map((key) => ({ key, name: `everyfile-${stage}-${key}` })),
  });
  const asLocal = (arn: string): string =>
    arn
      .replaceAll(`everyfile-${stage}`, 'everyfile-local')
      .replace(new RegExp(`^(arn:aws:s3:::everyfile-local-\\w+)-${localAccountId}`), '$1');
  const granted = [...rolesOf(template)].flatMap(([caller, id]) => {
    const { ManagedPolicyArns = [] } = (template.Resources[id]?.Properties ?? {}) as { ManagedPolicyArns?: unknown[] };
    const statements = policyDocumentsOf(template, id).flatMap(({ Statement }) => Statement);
    return [
      ...statements
        .map(({ Action, Resource }) => resolve({ Action, Resource }) as Resolved)
        .flatMap(({ Action, Resource }) =>
          [Action]
            .flat()
            .flatMap((action) =>
              [Resource].flat().map((resource) => ({ caller, action, resource: asLocal(resource) })),
            ),
        ),
      // Somebody else's policy allows what this template does not say.
      ...(resolve(ManagedPolicyArns) as string[]).map((resource) => ({ caller, action: 'managed', resource })),
    ];
  });
  return [...new Map(granted.map((one) => [JSON.stringify(one), one])).values()];
};
