import { createHash, randomBytes } from 'node:crypto';

/**
 * Lambda counts how often each function stands in a chain of invocations, and stops the chain at about 16. The count
 * travels in the `Lineage` field of the trace header: the runtime gives it to the function as `_X_AMZN_TRACE_ID`, and
 * the SDK sends it on with each call as `X-Amzn-Trace-Id`.
 */
export const LONGEST_CHAIN = 16;

/** A function's own hop: the header it runs under, and how often it has now run in this chain (1 = for the first time). */
export type Hop = Readonly<{ traceHeader: string; count: number }>;

const LINEAGE_VERSION = '1';

/** Continues the caller's trace, or begins one, and adds one to the function's count in the lineage. */
export function nextHop(functionArn: string, callerHeader: string | undefined, nowMs: number): Hop {
  const fields = parseFields(callerHeader ?? '');
  const lineage = parseLineage(fields.get('Lineage') ?? '');
  const self = createHash('sha256').update(functionArn).digest('hex').slice(0, 8);
  const count = (lineage.get(self) ?? 0) + 1;
  lineage.set(self, count);
  const hops = [...lineage].map(([id, hopCount]) => `${id}:${hopCount}`).join('|');
  const root = fields.get('Root') ?? newRoot(nowMs);
  const parent = randomBytes(8).toString('hex');
  const sampled = fields.get('Sampled') ?? '0';
  const traceHeader = `Root=${root};Parent=${parent};Sampled=${sampled};Lineage=${LINEAGE_VERSION}:${hops}`;
  return { traceHeader, count };
}

function parseFields(header: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of header.split(';')) {
    const separator = field.indexOf('=');
    if (separator > 0) fields.set(field.slice(0, separator).trim(), field.slice(separator + 1).trim());
  }
  return fields;
}

/** `1:a87bd80c:1|68fd508a:5`; the version in front is absent in older headers. What cannot be read counts as absent. */
function parseLineage(text: string): Map<string, number> {
  const lineage = new Map<string, number>();
  for (const hop of text.replace(/^\d:(?=[0-9a-f]{8}:)/, '').split('|')) {
    const match = /^([0-9a-f]{8}):(\d{1,6})$/.exec(hop);
    if (match?.[1] !== undefined) lineage.set(match[1], Number(match[2]));
  }
  return lineage;
}

function newRoot(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `1-${seconds}-${randomBytes(12).toString('hex')}`;
}
