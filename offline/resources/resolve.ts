import type { Resources } from '../contracts.ts';
import { createConditions } from './conditions.ts';
import { isIntrinsic, isObject, readGetAtt, substitute } from './intrinsics.ts';
import {
  attributesOf,
  functionLogicalId,
  isNamedType,
  localAccountId,
  localRegion,
  namePropertyOf,
} from './physical-names.ts';

/** An intrinsic that has no value on the local cloud. The message names it and where it stands. */
export class UnresolvedIntrinsicError extends Error {
  override readonly name = 'UnresolvedIntrinsicError';

  constructor(intrinsic: string, where: string, reason: string) {
    super(`Cannot resolve ${intrinsic} at ${where || 'the root'}: ${reason}`);
  }
}

export type ResolverOptions = Readonly<{
  resources: Resources;
  /** The endpoint of the local cloud: queue URLs begin with it. */
  endpoint: string;
  stage: string;
  /** The functions of the service, which osls adds to the template only when it packages it. */
  functions: readonly Readonly<{ key: string; name: string }>[];
  /** CloudFormation `Conditions`. */
  conditions?: Readonly<Record<string, unknown>>;
  /** Values of CloudFormation `Parameters`. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Defaults to `everyfile-<stage>`. */
  stackName?: string;
}>;

/**
 * Replaces every CloudFormation intrinsic in `value` by what it is on the local cloud. `where` is the path of `value`
 * in the template, for the message of an {@link UnresolvedIntrinsicError}.
 */
export type Resolve = (value: unknown, where?: string) => unknown;

/** What `AWS::NoValue` resolves to inside the resolver: the property or element that holds it is left out. */
const noValue = Symbol('AWS::NoValue');

/** Creates the resolver of one template. It is pure: nothing is created, and nothing is asked of the network. */
export const createResolver = (options: ResolverOptions): Resolve => {
  const stackName = options.stackName ?? `everyfile-${options.stage}`;
  const functionNames = new Map(options.functions.map(({ key, name }) => [functionLogicalId(key), name]));
  const beingNamed = new Set<string>();

  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': localAccountId,
    'AWS::Region': localRegion,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${localRegion}:${localAccountId}:stack/${stackName}/local`,
    'AWS::NoValue': noValue,
  };

  const nameOf = (logicalId: string, type: string, where: string): string => {
    const property = namePropertyOf(type);
    const given = property === undefined ? undefined : options.resources[logicalId]?.Properties?.[property];
    if (given === undefined) {
      const name = `${stackName}-${logicalId}`;
      return type === 'AWS::S3::Bucket' ? name.toLowerCase() : name;
    }
    if (beingNamed.has(logicalId)) throw new UnresolvedIntrinsicError('Ref', where, `${logicalId} is named by itself`);
    beingNamed.add(logicalId);
    try {
      return asText(resolveValue(given, `Resources.${logicalId}.Properties.${property ?? ''}`), where);
    } finally {
      beingNamed.delete(logicalId);
    }
  };

  const resourceAttributes = (intrinsic: string, logicalId: string, where: string) => {
    const functionName = functionNames.get(logicalId);
    const known =
      functionName === undefined ? undefined : attributesOf('AWS::Lambda::Function', functionName, options.endpoint);
    if (known) return known;
    const type = options.resources[logicalId]?.Type;
    if (type === undefined) {
      throw new UnresolvedIntrinsicError(intrinsic, where, `there is no resource ${logicalId}`);
    }
    const found = isNamedType(type)
      ? attributesOf(type, nameOf(logicalId, type, where), options.endpoint)
      : { ref: `${stackName}-${logicalId}`, attributes: {} };
    if (!found) throw new UnresolvedIntrinsicError(intrinsic, where, `${type} has no local counterpart`);
    return found;
  };

  const ref = (name: string, where: string): unknown => {
    if (name in pseudoParameters) return pseudoParameters[name];
    if (options.parameters && name in options.parameters) return options.parameters[name];
    return resourceAttributes(`Ref ${name}`, name, where).ref;
  };

  const getAtt = (logicalId: string, attribute: string, where: string): string => {
    const intrinsic = `Fn::GetAtt ${logicalId}.${attribute}`;
    const value = resourceAttributes(intrinsic, logicalId, where).attributes[attribute];
    if (value === undefined) {
      throw new UnresolvedIntrinsicError(intrinsic, where, 'the local cloud does not know this attribute');
    }
    return value;
  };

  const asText = (value: unknown, where: string): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new UnresolvedIntrinsicError('a text', where, `${JSON.stringify(value)} is not a text`);
  };

  const asList = (value: unknown, where: string): unknown[] => {
    if (Array.isArray(value)) return value;
    throw new UnresolvedIntrinsicError('a list', where, `${JSON.stringify(value)} is not a list`);
  };

  const conditions = createConditions(options.conditions ?? {}, (value, where) => resolveValue(value, where));

  const functions: Readonly<Record<string, (argument: unknown, where: string) => unknown>> = {
    Ref: (argument, where) => ref(asText(argument, where), where),
    'Fn::GetAtt': (argument, where) => {
      const [logicalId, attribute] = readGetAtt(argument);
      return getAtt(logicalId, asText(resolveValue(attribute, where), where), where);
    },
    'Fn::Sub': (argument, where) => {
      const [text, variables] = Array.isArray(argument) ? (argument as [unknown, unknown]) : [argument, {}];
      const own = resolveValue(variables, where) as Record<string, unknown>;
      return substitute(asText(text, where), (name) => {
        if (name in own) return asText(own[name], where);
        const [logicalId = '', ...attribute] = name.split('.');
        const value = attribute.length === 0 ? ref(logicalId, where) : getAtt(logicalId, attribute.join('.'), where);
        return asText(value, where);
      });
    },
    'Fn::Join': (argument, where) => {
      const [separator, parts] = asList(argument, where);
      const resolved = asList(resolveValue(parts, where), where);
      return resolved.map((part) => asText(part, where)).join(asText(separator, where));
    },
    'Fn::Select': (argument, where) => {
      const [index, list] = asList(argument, where);
      const position = Number(asText(resolveValue(index, where), where));
      const chosen = asList(resolveValue(list, where), where)[position];
      if (chosen === undefined) throw new UnresolvedIntrinsicError('Fn::Select', where, `no element ${position}`);
      return chosen;
    },
    'Fn::Split': (argument, where) => {
      const [separator, text] = asList(argument, where);
      return asText(resolveValue(text, where), where).split(asText(separator, where));
    },
    'Fn::Base64': (argument, where) => Buffer.from(asText(resolveValue(argument, where), where)).toString('base64'),
    'Fn::If': (argument, where) => {
      const [condition, whenTrue, whenFalse] = asList(argument, where);
      return resolveValue(conditions.holds(asText(condition, where), where) ? whenTrue : whenFalse, where);
    },
    'Fn::Equals': conditions.evaluate('Fn::Equals'),
    'Fn::Not': conditions.evaluate('Fn::Not'),
    'Fn::And': conditions.evaluate('Fn::And'),
    'Fn::Or': conditions.evaluate('Fn::Or'),
  };

  const resolveIntrinsic = (name: string, argument: unknown, where: string): unknown => {
    const evaluate = functions[name];
    if (evaluate) return evaluate(argument, where);
    throw new UnresolvedIntrinsicError(`${name} ${JSON.stringify(argument)}`, where, 'it has no value on this machine');
  };

  const resolveValue = (value: unknown, where: string): unknown => {
    if (typeof value === 'string' && value.includes('{{resolve:')) {
      throw new UnresolvedIntrinsicError(value, where, 'a dynamic reference has no value on this machine');
    }
    if (Array.isArray(value)) {
      return value.map((element, index) => resolveValue(element, `${where}[${index}]`)).filter((e) => e !== noValue);
    }
    if (!isObject(value)) return value;
    const [[name, argument] = ['', undefined]] = Object.entries(value);
    if (isIntrinsic(value)) return resolveIntrinsic(name, argument, where);
    const entries = Object.entries(value).map(
      ([key, inner]) => [key, resolveValue(inner, where === '' ? key : `${where}.${key}`)] as const,
    );
    return Object.fromEntries(entries.filter(([, inner]) => inner !== noValue));
  };

  return (value, where = '') => {
    const resolved = resolveValue(value, where);
    return resolved === noValue ? undefined : resolved;
  };
};
