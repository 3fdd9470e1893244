import { invalidArgument, S3Error } from './errors.ts';

/** How large the file of a form may be. */
export type LengthRange = Readonly<{ leastBytes: number; mostBytes: number }>;

type Policy = Readonly<{ expiration: string; conditions: readonly unknown[] }>;

/** What signs a policy, in the newer and in the older version. */
const signingFields = [
  ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'],
  ['AWSAccessKeyId', 'Signature'],
] as const;

const uncovered = ['policy', 'file', 'signature', 'awsaccesskeyid', 'x-amz-signature'];

/**
 * Judges the fields of a form by the policy that it carries: its end, its conditions, and that the bucket and every
 * field are covered by one. It must be signed, but who signed it is not verified. Throws `AccessDenied`; answers the
 * bounds of the file's length, if any.
 */
export const judgePolicy = (
  fields: ReadonlyMap<string, string>,
  bucket: string,
  now: Date,
): LengthRange | undefined => {
  const encoded = fields.get('policy');
  if (encoded === undefined) return undefined;
  checkSigned(fields);
  const policy = parsePolicy(encoded);
  if (!(Date.parse(policy.expiration) > now.getTime())) throw denied('Policy expired.');
  const covered = new Set(uncovered);
  let range: LengthRange | undefined;
  const valueOf = (name: string) => (name === 'bucket' ? bucket : (fields.get(name) ?? ''));

  for (const condition of policy.conditions) {
    const [operator, left, right] = normalised(condition);
    if (operator === 'content-length-range') {
      range = { leastBytes: parseBytes(left), mostBytes: parseBytes(right) };
      continue;
    }
    const name = left.replace(/^\$/, '').toLowerCase();
    const holds =
      operator === 'eq' ? valueOf(name) === right : operator === 'starts-with' && valueOf(name).startsWith(right);
    if (!holds) throw denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
    covered.add(name);
  }
  const extra = ['bucket', ...fields.keys()].filter((name) => !covered.has(name) && !name.startsWith('x-ignore-'));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return range;
};

/** Throws `InvalidArgument` for the first field that is missing of those that sign a policy. */
const checkSigned = (fields: ReadonlyMap<string, string>): void => {
  const [newer, older] = signingFields;
  const isThere = (name: string): boolean => fields.has(name.toLowerCase());
  const missing = (newer.some(isThere) ? newer : older).find((name) => !isThere(name));
  if (missing === undefined) return;
  const message = `Bucket POST must contain a field named '${missing}'.  If it is specified, please check the order of the fields.`;
  throw invalidArgument(message, missing, '');
};

const parsePolicy = (encoded: string): Policy => {
  const { expiration, conditions } = parseJson(Buffer.from(encoded, 'base64').toString('utf8'));
  if (typeof expiration !== 'string' || !isIsoDate(expiration)) throw invalid('expiration');
  if (!Array.isArray(conditions)) throw invalid('conditions');
  return { expiration, conditions: conditions as unknown[] };
};

/** S3 takes one form only, in UTC; `Date.parse` alone takes many more. */
const isIsoDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));

const parseJson = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below: why it is not JSON helps nobody who sent base64.
  }
  throw invalid('JSON');
};

const invalid = (what: string): S3Error =>
  new S3Error('InvalidPolicyDocument', { message: `Invalid Policy: Invalid ${what}.` });

const parseBytes = (text: string): number => {
  if (!/^\d+$/.test(text)) throw invalid('content-length-range');
  return Number(text);
};

/** `{ "acl": "private" }` is short for `["eq", "$acl", "private"]`. */
const normalised = (condition: unknown): readonly [string, string, string] => {
  if (Array.isArray(condition) && condition.length === 3) {
    const [operator, left, right] = condition.map(String) as [string, string, string];
    return [operator.toLowerCase(), left, right];
  }
  const [entry] = typeof condition === 'object' && condition !== null ? Object.entries(condition) : [];
  if (entry === undefined || Array.isArray(condition)) throw invalid('condition');
  return ['eq', entry[0], String(entry[1])];
};

const denied = (why: string): S3Error =>
  new S3Error('AccessDenied', { message: `Invalid according to Policy: ${why}` });
