/** All that an action needs to know: its types, and the two kinds of error that it may throw. */
export type { Action, ActionFile, Rule } from '../domain/action.ts';
export { PermanentError, TransientError } from '../domain/errors.ts';
