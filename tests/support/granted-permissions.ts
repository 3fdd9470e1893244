import { localAccountId } from '../../offline/resources/physical-names.ts';
import { createResolver } from '../../offline/resources/resolve.ts';
import type { Permission } from './permissions.ts';
import { idsOf, type Template } from './template.ts';

type RawStatement = Readonly<{ Effect: string; Action: string | string[]; Resource: string | string[] }>;
type RawPolicy = Readonly<{ PolicyDocument: Readonly<{ Statement: RawStatement[] }> }>;

/** The keys under which serverless.yml has its functions, as the packaged template tells them. */
const functionKeysOf = (template: Template): string[] =>
  idsOf(template, 'AWS::Lambda::Function').map((id) => {
    const name = id.replace(/LambdaFunction$/, '');
    return name.charAt(0).toLowerCase() + name.slice(1);
  });

/** Who has a role in the template, by the name under which the local cloud's request log has it. */
export const rolesOf = (template: Template): ReadonlyMap<string, string> =>
  new Map([
    ...functionKeysOf(template).map((key): [string, string] => [
      key,
      `${key.charAt(0).toUpperCase()}${key.slice(1)}IamRoleLambdaExecution`,
    ]),
    ['states', 'LogsExportRole'],
  ]);

/**
 * What the roles of the functions and of the state machine of a packaged stage allow: one entry for each action on each resource, under the names
 * that these resources have on the local cloud.
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
    const { Policies = [], ManagedPolicyArns = [] } = (template.Resources[id]?.Properties ?? {}) as {
      Policies?: unknown[];
      ManagedPolicyArns?: unknown[];
    };
    return [
      ...(resolve(Policies) as RawPolicy[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
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
