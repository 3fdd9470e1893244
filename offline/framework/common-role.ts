import { compiledResources, type Serverless } from './types.ts';

/** The role that the framework makes for functions without one of their own. */
const COMMON_ROLE = 'IamRoleLambdaExecution';

/**
 * Takes the framework's common role out of the template that is to be deployed, where each function has a role of its
 * own and nothing refers to it: a role that nobody needs is one that somebody may take.
 */
export function dropCommonRole(serverless: Serverless): void {
  const resources = compiledResources(serverless);
  const others = Object.entries(resources).filter(([id]) => id !== COMMON_ROLE);
  // Quoted on both sides: the functions' own roles end in the same word.
  if (!JSON.stringify(others).includes(`"${COMMON_ROLE}"`)) Reflect.deleteProperty(resources, COMMON_ROLE);
}
