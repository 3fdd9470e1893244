import { DefinitionError } from '../stepfunctions/machines.ts';
import type { LocalStepFunctions } from '../stepfunctions/step-functions.ts';
import { isObject, substitute } from './intrinsics.ts';
import { asAttribute, objectAt, ResourceError } from './properties.ts';
import type { Properties } from './properties.ts';

/** The definition as text: as it stands, or with `DefinitionSubstitutions` filled in. */
const definitionOf = (name: string, properties: Properties): string => {
  const { DefinitionString, Definition } = properties;
  const text = isObject(Definition) ? JSON.stringify(Definition) : DefinitionString;
  if (typeof text !== 'string') {
    throw new ResourceError(
      `${name} needs DefinitionString or Definition: the local cloud has no DefinitionS3Location.`,
    );
  }
  const substitutions = objectAt(properties, 'DefinitionSubstitutions');
  return substitute(text, (key) => (key in substitutions ? asAttribute(substitutions[key]) : `\${${key}}`));
};

/**
 * Makes a state machine known to the local Step Functions, and says what of it will not run.
 *
 * @throws {ResourceError} when its definition cannot be read
 */
export const createStateMachine = (
  stepFunctions: LocalStepFunctions,
  { arn, name }: Readonly<{ arn: string; name: string }>,
  properties: Properties,
  warn: (line: string) => void,
): void => {
  const { StateMachineType = 'STANDARD', RoleArn } = properties;
  if (StateMachineType !== 'STANDARD') warn(`${name}: the local Step Functions runs standard workflows, not express.`);
  try {
    const text = definitionOf(name, properties);
    const { lacks } = stepFunctions.createStateMachine({
      arn,
      name,
      text,
      roleArn: typeof RoleArn === 'string' ? RoleArn : '',
    });
    if (lacks.length > 0) warn(`${name} cannot run in the local cloud, which lacks: ${lacks.join('; ')}.`);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new ResourceError(error.message, { cause: error });
  }
};
