import { isObject } from './intrinsics.ts';

/** The properties of one resource, their intrinsics resolved. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource of the template that the local cloud cannot make; the message names it. */
export class ResourceError extends Error {
  override readonly name = 'ResourceError';
}

/** An object property, empty when it is absent. */
export const objectAt = (properties: Properties, name: string): Properties => {
  const value = properties[name];
  return isObject(value) ? value : {};
};

/** True for `true` and for YAML's text `'true'`. */
export const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** A property as the text that SQS and SNS take: policies become JSON. */
export const asAttribute = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
