import { invalidParameter } from './errors.ts';

/** Writes where the next page begins as a token for the caller. */
export const writeToken = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** Reads a token of {@link writeToken}. Throws `InvalidParameterException` for anything else. */
export const readToken = (token: string | undefined): unknown => {
  if (token === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown;
  } catch {
    throw invalidParameter('The specified nextToken is invalid.');
  }
};
