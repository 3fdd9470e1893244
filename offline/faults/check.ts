/** A fault that was asked for does not exist or is out of its range. The message names the field and what it may be. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** What a field may be: a test, and the words for it. */
export type Check = readonly [isRight: (value: unknown) => boolean, expected: string];

export type Checks = Readonly<Record<string, Check>>;

export const share: Check = [(value) => typeof value === 'number' && value >= 0 && value <= 1, 'a share from 0 to 1'];
export const flag: Check = [(value) => typeof value === 'boolean', 'true or false'];
export const name: Check = [(value) => typeof value === 'string' && value !== '', 'a name'];

export const wholeFrom = (minimum: number, what: string): Check => [
  (value) => Number.isSafeInteger(value) && (value as number) >= minimum,
  `${what}, ${minimum} or more`,
];

export const oneOf = (words: readonly string[]): Check => [
  (value) => typeof value === 'string' && words.includes(value),
  `one of ${words.join(', ')}`,
];

/**
 * Checks an object of fields that came from outside, every one of which may be left out.
 *
 * @throws {FaultError} naming the field, under `path`
 */
export const checkFields = <Fields>(path: string, value: unknown, checks: Checks): Partial<Fields> => {
  const known = Object.keys(checks).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FaultError(`${path === '' ? 'Faults are' : `${path} is`} an object of ${known}.`);
  }
  for (const [field, given] of Object.entries(value)) {
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined;
    const place = path === '' ? field : `${path}.${field}`;
    if (!check) throw new FaultError(`There is no ${path === '' ? 'fault ' : ''}${place}; there are ${known}.`);
    const [isRight, expected] = check;
    if (!isRight(given)) throw new FaultError(`${place} is ${expected}; it was ${JSON.stringify(given)}.`);
  }
  return value;
};

/** Refuses an object that lacks one of these fields. */
export const requireFields = (path: string, value: object, fields: readonly string[]): void => {
  const missing = fields.find((field) => !Object.hasOwn(value, field));
  if (missing !== undefined) throw new FaultError(`${path}.${missing} is missing.`);
};
