import { lacksOf, type Definition } from './definition.ts';

/** A state machine of the template. */
export type Machine = Readonly<{
  arn: string;
  name: string;
  /** The definition as it is deployed, its intrinsics resolved. */
  text: string;
  definition: Definition;
  roleArn: string;
  createdMs: number;
  /** What of it the local cloud does not run. */
  lacks: readonly string[];
}>;

/** The text of a state machine's definition cannot be read. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}

/** Reads a state machine. Throws a {@link DefinitionError} for what is no definition at all. */
export const readMachine = (given: Omit<Machine, 'definition' | 'lacks'>): Machine => {
  let definition: Definition;
  try {
    definition = JSON.parse(given.text) as Definition;
  } catch (error) {
    throw new DefinitionError(`The definition of ${given.name} is not JSON: ${String(error)}`, { cause: error });
  }
  if (!Object.hasOwn(definition.States, definition.StartAt)) {
    throw new DefinitionError(`The definition of ${given.name} has no state ${definition.StartAt}, where it starts.`);
  }
  return { ...given, definition, lacks: lacksOf(definition) };
};
