import type { PackagedService, TemplateResource } from '../../scripts/package-service.ts';

export type Template = PackagedService['template'];

/** A statement of a role or a resource policy, each field as a list and every intrinsic as readable text. */
export type Statement = Readonly<{
  /** The resource of the template that the statement stands in. */
  source: string;
  /** The roles that the statement is about, by id; of a resource policy, none. */
  roles?: readonly string[];
  effect: string;
  actions: readonly string[];
  resources: readonly string[];
  principals: readonly string[];
  condition: unknown;
}>;

export type RawStatement = Readonly<Record<'Effect' | 'Action' | 'Resource' | 'Principal' | 'Condition', unknown>>;

/** The resource with this id and type; a missing one is an error that names it. */
export function resourceOf(template: Template, id: string, type: string): TemplateResource {
  const resource = template.Resources[id];
  if (resource?.Type !== type) throw new Error(`The template has no ${id} of type ${type}.`);
  return resource;
}

/** The ids of every resource of a type. */
export const idsOf = (template: Template, type: string): string[] =>
  Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type);

/** Every statement in the template, of roles and of resource policies. */
export function statementsOf(template: Template): Statement[] {
  return Object.entries(template.Resources).flatMap(([source, resource]) => {
    const roles = rolesOf(source, resource);
    return documentsIn(resource.Properties)
      .flatMap(({ Statement: statements }) => statements)
      .map((statement) => ({
        source,
        ...(roles.length > 0 && { roles }),
        effect: String(statement.Effect),
        actions: texts(statement.Action),
        resources: texts(statement.Resource),
        principals: texts(principalOf(statement.Principal)),
        condition: textOf(statement.Condition),
      }));
  });
}

/** What is written about a role: in the role itself, and in the policies of their own that name it. */
export const policyDocumentsOf = (template: Template, roleId: string): { Statement: RawStatement[] }[] =>
  Object.entries(template.Resources)
    .filter(([id, resource]) => rolesOf(id, resource).includes(roleId))
    .flatMap(([, { Properties }]) => documentsIn(Properties));

/** Throws where a policy names what it is for in a way that these tests do not read. */
const rolesOf = (id: string, { Type, Properties }: TemplateResource): string[] => {
  if (Type === 'AWS::IAM::Role') return [id];
  if (!/^AWS::IAM::(?:Managed|Role)?Policy$/.test(Type)) return [];
  const { Roles, RoleName, Users = [], Groups = [] } = Properties as Record<string, unknown[] | undefined>;
  const roles = (Roles ?? [RoleName]).map((role) => (role as { Ref?: string } | undefined)?.Ref ?? '');
  if (roles.includes('') || Users.length + Groups.length > 0) throw new Error(`Whose policy is ${id}?`);
  return roles;
};

/** An intrinsic as the text that `Fn::Sub` would write for it; anything else as it is, with its parts rendered. */
export function textOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name === 'Ref') return `\${${String(argument)}}`;
  if (entries.length === 1 && name === 'Fn::GetAtt') return `\${${(argument as string[]).join('.')}}`;
  if (entries.length === 1 && name === 'Fn::Sub' && typeof argument === 'string') return argument;
  if (entries.length === 1 && name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  return Object.fromEntries(entries.map(([key, part]) => [key, textOf(part)]));
}

/** The ids that a resource needs before it can be made: by reference, or because it says so. */
export function dependenciesOf(template: Template, id: string): string[] {
  const { DependsOn = [], Properties } = template.Resources[id]!;
  const references = JSON.stringify(textOf(Properties)).matchAll(/\$\{(\w+)(?:\.\w+)*\}/g);
  const ids = [...references].map(([, referred]) => referred!).filter((referred) => referred in template.Resources);
  return [...new Set([...ids, ...[DependsOn].flat()])];
}

const texts = (value: unknown): string[] => (value === undefined ? [] : [textOf(value)].flat().map(String));

const principalOf = (principal: unknown): unknown =>
  typeof principal === 'object' && principal !== null ? Object.values(principal).flat() : principal;

function documentsIn(properties: Readonly<Record<string, unknown>>): { Statement: RawStatement[] }[] {
  const policies = (properties['Policies'] ?? []) as { PolicyDocument: unknown }[];
  return [
    properties['PolicyDocument'],
    properties['KeyPolicy'],
    ...policies.map(({ PolicyDocument }) => PolicyDocument),
  ].filter((document): document is { Statement: RawStatement[] } => document !== undefined);
}
