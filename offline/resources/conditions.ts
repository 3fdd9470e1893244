import { isObject } from './intrinsics.ts';

/** Evaluates the template's `Conditions` and the condition functions inside them. */
export type Conditions = Readonly<{
  /** Whether the condition of this name holds. */
  holds(name: string, where: string): boolean;
  /** The evaluator of `Fn::Equals`, `Fn::Not`, `Fn::And` or `Fn::Or`. */
  evaluate(name: 'Fn::Equals' | 'Fn::Not' | 'Fn::And' | 'Fn::Or'): (argument: unknown, where: string) => boolean;
}>;

/** Creates the evaluator of a template's conditions; `resolve` gives the value of what they compare. */
export const createConditions = (
  conditions: Readonly<Record<string, unknown>>,
  resolve: (value: unknown, where: string) => unknown,
): Conditions => {
  const holds = (name: string, where: string): boolean => {
    if (!(name in conditions)) throw new Error(`There is no condition ${name}, which ${where} asks for.`);
    return isTrue(conditions[name], `Conditions.${name}`);
  };

  const isTrue = (condition: unknown, where: string): boolean => {
    if (isObject(condition) && typeof condition['Condition'] === 'string') return holds(condition['Condition'], where);
    const value = resolve(condition, where);
    if (typeof value === 'boolean') return value;
    throw new Error(`${JSON.stringify(condition)} at ${where} is not a condition.`);
  };

  const listOf = (argument: unknown, where: string): unknown[] => {
    if (Array.isArray(argument)) return argument;
    throw new Error(`A condition function takes a list; at ${where} stands ${JSON.stringify(argument)}.`);
  };

  const evaluators: Readonly<Record<string, (list: unknown[], where: string) => boolean>> = {
    'Fn::Equals': ([left, right], where) =>
      JSON.stringify(resolve(left, where)) === JSON.stringify(resolve(right, where)),
    'Fn::Not': ([condition], where) => !isTrue(condition, where),
    'Fn::And': (list, where) => list.every((condition) => isTrue(condition, where)),
    'Fn::Or': (list, where) => list.some((condition) => isTrue(condition, where)),
  };

  return {
    holds,
    evaluate: (name) => (argument, where) => evaluators[name]?.(listOf(argument, where), where) ?? false,
  };
};
