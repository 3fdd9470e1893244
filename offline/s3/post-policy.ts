import { S3Error } from './errors.ts';

/** How large the file of a form may be. */
export type LengthRange = Readonly<{ leastBytes: number; mostBytes: number }>;

type Policy = Readonly<{ expiration?: unknown; conditions?: unknown }>;

const uncovered = ['policy', 'file', 'signature', 'awsaccesskeyid', 'x-amz-signature'];

/**
 * Judges the fields of a form by the policy that it carries: its end, its conditions, and that every field is covered
 * by one. Who signed it is not verified. Throws `AccessDenied`; answers the bounds of the file's length, if any.
 */
export const judgePolicy = (
  fields: ReadonlyMap<string, string>,
  bucket: string,
  now: Date,
): LengthRange | undefined => {
  const encoded = fields.get('policy');
  if (encoded === undefined) return undefined;
  const policy = parsePolicy(encoded);
  if (!(Date.parse(String(policy.expiration)) > now.getTime())) throw denied('Policy expired.');
  const covered = new Set(uncovered);
  let range: LengthRange | undefined;
  const valueOf = (name: string) => (name === 'bucket' ? bucket : (fields.get(name) ?? ''));

  for (const condition of Array.isArray(policy.conditions) ? (policy.conditions as unknown[]) : []) {
    const [operator, left, right] = normalised(condition);
    if (operator === 'content-length-range') {
      range = { leastBytes: Number(left), mostBytes: Number(right) };
      continue;
    }
    const name = left.replace(/^\$/, '').toLowerCase();
    const holds =
      operator === 'eq' ? valueOf(name) === right : operator === 'starts-with' && valueOf(name).startsWith(right);
    if (!holds) throw denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
    covered.add(name);
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !name.startsWith('x-ignore-'));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return range;
};

const parsePolicy = (encoded: string): Policy => {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Policy;
  } catch {
    throw new S3Error('InvalidPolicyDocument', { message: 'Invalid Policy: Invalid JSON.' });
  }
};

/** `{ "acl": "private" }` is short for `["eq", "$acl", "private"]`. */
const normalised = (condition: unknown): readonly [string, string, string] => {
  if (Array.isArray(condition) && condition.length === 3) {
    const [operator, left, right] = condition.map(String) as [string, string, string];
    return [operator.toLowerCase(), left, right];
  }
  const [entry] = typeof condition === 'object' && condition !== null ? Object.entries(condition) : [];
  if (entry === undefined)
    throw new S3Error('InvalidPolicyDocument', { message: 'Invalid Policy: Invalid condition.' });
  return ['eq', entry[0], String(entry[1])];
};

const denied = (why: string): S3Error =>
  new S3Error('AccessDenied', { message: `Invalid according to Policy: ${why}` });
