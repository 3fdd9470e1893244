/** The input of an operation of the JSON protocol. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a value; none where it is no object, which its service is to refuse. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/** The fields of a body; none where it is no JSON object. */
export const parseFields = (body: string): Fields => {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return {};
  }
};

type Range = Readonly<{ min?: number; max?: number }>;

/** Reads the fields of an input, each checked as AWS checks it before an operation sees it. */
export type InputReader = Readonly<{
  text(input: Fields, name: string): string;
  optionalText(input: Fields, name: string): string | undefined;
  number(input: Fields, name: string): number;
  optionalNumber(input: Fields, name: string, range?: Range): number | undefined;
  flag(input: Fields, name: string): boolean;
  list(input: Fields, name: string): readonly unknown[] | undefined;
}>;

/** Creates a reader whose complaints are the errors that `invalid` makes of AWS's message. */
export const createInputReader = (invalid: (message: string) => Error): InputReader => {
  const complain = (name: string, value: unknown, constraint: string): Error => {
    const shown = value === undefined ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
    const message = `Value ${shown} at '${name}' failed to satisfy constraint: ${constraint}`;
    return invalid(`1 validation error detected: ${message}`);
  };

  const optionalText = (input: Fields, name: string): string | undefined => {
    const value = input[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw complain(name, value, 'Member must be a string');
    if (value === '') throw complain(name, value, 'Member must have length greater than or equal to 1');
    return value;
  };

  const optionalNumber = (input: Fields, name: string, { min = 0, max }: Range = {}): number | undefined => {
    const value = input[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw complain(name, value, 'Member must be an integer');
    if (value < min) throw complain(name, value, `Member must have value greater than or equal to ${min}`);
    if (max !== undefined && value > max) {
      throw complain(name, value, `Member must have value less than or equal to ${max}`);
    }
    return value;
  };

  const required = <Value>(read: (input: Fields, name: string) => Value | undefined) => {
    return (input: Fields, name: string): Value => {
      const value = read(input, name);
      if (value === undefined) throw complain(name, undefined, 'Member must not be null');
      return value;
    };
  };

  return {
    text: required(optionalText),
    optionalText,
    number: required(optionalNumber),
    optionalNumber,
    flag: (input, name) => input[name] === true,
    list(input, name) {
      const value = input[name] ?? undefined;
      if (value === undefined || Array.isArray(value)) return value;
      throw complain(name, value, 'Member must be a list');
    },
  };
};
