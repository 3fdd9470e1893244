import type { Place } from './lambda-environment.ts';

/** `[[arn:aws:lambda:<region>:]<account>:][function:]<name>[:$LATEST]`. */
const address =
  /^(?:(?:arn:aws:lambda:(?<region>[^:]*):)?(?<account>\d{12}):)?(?:function:)?(?<name>[\w-]+)(?::\$LATEST)?$/;

/**
 * The name in what Lambda's API takes for a function: a name, a partial ARN or an ARN. Undefined for a function of
 * another account or Region, for a version or alias, and for what is none of these.
 */
export const functionNameIn = (
  text: string,
  { region, accountId }: Pick<Place, 'region' | 'accountId'>,
): string | undefined => {
  const found = address.exec(text)?.groups;
  const isHere = (found?.['region'] ?? region) === region && (found?.['account'] ?? accountId) === accountId;
  return isHere ? found?.['name'] : undefined;
};
