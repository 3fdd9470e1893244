/** A plain object, as YAML and JSON make them. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for `{ Ref: … }` and `{ 'Fn::…': … }`: an object whose single key is CloudFormation's. */
export const isIntrinsic = (value: Record<string, unknown>): boolean => {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0]?.startsWith('Fn::') === true);
};

/** `Fn::GetAtt` takes `[logicalId, attribute]`, and in YAML's short form `logicalId.attribute`. */
export const readGetAtt = (argument: unknown): [logicalId: string, attribute: unknown] => {
  if (Array.isArray(argument)) return [String(argument[0]), argument[1]];
  const [logicalId = '', ...attribute] = String(argument).split('.');
  return [logicalId, attribute.join('.')];
};

/** Fills `${name}` in; `${!name}` is CloudFormation's way to write a literal `${name}`. */
export const substitute = (text: string, valueOf: (name: string) => string): string =>
  text.replaceAll(/\$\{([^}]*)\}/g, (_whole, inner: string) =>
    inner.startsWith('!') ? `\${${inner.slice(1)}}` : valueOf(inner.trim()),
  );
