import type { IncomingHttpHeaders } from 'node:http';
import { notImplemented, S3Error } from './errors.ts';

/** What conditions are judged on. */
type Judged = Readonly<{ eTag: string; modifiedMs: number }>;

const text = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};

const matches = (header: string, eTag: string): boolean =>
  header.split(',').some((entry) => {
    const tag = entry.trim().replace(/^W\//, '');
    return tag === '*' || tag.replace(/^"(.*)"$/, '$1') === eTag;
  });

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** A date that cannot be read is no condition, as HTTP has it. */
const secondsOf = (header: string | undefined): number | undefined => {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? undefined : seconds(ms);
};

const preconditionFailed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', { details: { Condition: condition } });

/**
 * Conditions of a read. `If-Match` that holds outweighs `If-Unmodified-Since`, and `If-None-Match` outweighs
 * `If-Modified-Since`, which counts only up to now. Throws `PreconditionFailed`; answers whether the object is to be sent
 * (else 304).
 */
export const judgeRead = (headers: IncomingHttpHeaders, object: Judged, now: Date): 'send' | 'not-modified' => {
  const modified = seconds(object.modifiedMs);
  const ifMatch = text(headers, 'if-match');
  const unmodifiedSince = secondsOf(text(headers, 'if-unmodified-since'));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.eTag)) throw preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince)
    throw preconditionFailed('If-Unmodified-Since');

  const ifNoneMatch = text(headers, 'if-none-match');
  const modifiedSince = secondsOf(text(headers, 'if-modified-since'));
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.eTag) ? 'not-modified' : 'send';
  if (modifiedSince === undefined || modifiedSince > seconds(now.getTime())) return 'send';
  return modified <= modifiedSince ? 'not-modified' : 'send';
};

/** Conditions on the source of a copy: the same rules, but what would be a 304 is a 412. */
export const judgeCopySource = (headers: IncomingHttpHeaders, object: Judged, now: Date): void => {
  const names = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;
  const conditions: Record<string, string> = {};
  for (const name of names) {
    const value = text(headers, `x-amz-copy-source-${name}`);
    if (value !== undefined) conditions[name] = value;
  }
  if (judgeRead(conditions, object, now) === 'not-modified') {
    throw preconditionFailed('x-amz-copy-source-If-None-Match');
  }
};

/** The conditions of a write, as asked for. */
export type WriteCondition = Readonly<{ kind: 'none' | 'absent' } | { kind: 'match'; eTag: string }>;

/** `If-None-Match: *` or `If-Match: "eTag"`; S3 knows no other condition on a write. */
export const parseWriteCondition = (headers: IncomingHttpHeaders): WriteCondition => {
  const ifMatch = text(headers, 'if-match');
  const ifNoneMatch = text(headers, 'if-none-match');
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw notImplemented('If-Match together with If-None-Match');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match with a value other than * on a write');
    return { kind: 'absent' };
  }
  if (ifMatch === undefined) return { kind: 'none' };
  if (ifMatch.trim() === '*') throw notImplemented('If-Match: * on a write');
  return { kind: 'match', eTag: ifMatch };
};

/** Judges a write against the current object, `undefined` if there is none (a delete marker is none). */
export const judgeWrite = (condition: WriteCondition, current: Judged | undefined): void => {
  if (condition.kind === 'absent' && current !== undefined) throw preconditionFailed('If-None-Match');
  if (condition.kind !== 'match') return;
  if (current === undefined) throw new S3Error('NoSuchKey');
  if (!matches(condition.eTag, current.eTag)) throw preconditionFailed('If-Match');
};

/**
 * Judges again when the bytes are in: of two writers the one that ends first wins, and the other is told 412. Where a
 * delete took away the object that `If-Match` names, it is S3's 409, which a client answers by trying again.
 */
export const judgeWriteAgain = (condition: WriteCondition, current: Judged | undefined): void => {
  if (condition.kind === 'match' && current === undefined) {
    throw new S3Error('ConditionalRequestConflict', { details: { Condition: 'If-Match' } });
  }
  judgeWrite(condition, current);
};

/** `If-Match` of a delete, by eTag or `*`; an absent object is then 404. */
export const judgeDelete = (ifMatch: string | undefined, current: Judged | undefined): void => {
  if (ifMatch === undefined) return;
  if (current === undefined) throw new S3Error('NoSuchKey');
  if (!matches(ifMatch, current.eTag)) throw preconditionFailed('If-Match');
};
