import { successor, toKey } from './store/keys.ts';
import type { Position } from './store/versions.ts';

/** A page of a list: rows, and the groups of keys that share what is before the delimiter, in byte order together. */
export type Page<Row> = Readonly<{
  rows: readonly Row[];
  commonPrefixes: readonly string[];
  isTruncated: boolean;
  /** The last row or common prefix of the page: the next page comes after it. */
  last?: Readonly<{ row: Row } | { commonPrefix: string }>;
}>;

/** The key or the common prefix that a page ends with. */
export const lastName = ({ last }: Page<Readonly<{ key: string }>>): string => {
  if (last === undefined) return '';
  return 'row' in last ? last.row.key : last.commonPrefix;
};

type Question<Row> = Readonly<{
  prefix: string;
  delimiter: string;
  /** Only what comes after this key, or this common prefix. */
  after: string;
  /** Rows of `after` itself may still come: a page of versions can end in the middle of a key. */
  resumeWithin?: boolean;
  most: number;
  /** Rows from a position on; the first scan of a page is told, for it may begin in the middle of a key. */
  scan(from: Position, isFirst: boolean): Iterable<Row>;
}>;

/**
 * Walks the rows from where the page begins, and at each common prefix jumps over everything under it, so that a folder
 * of a million keys costs one row. Rows and common prefixes count alike against `most`.
 */
export const listPage = <Row extends Readonly<{ key: string }>>(question: Question<Row>): Page<Row> => {
  const { prefix, delimiter, most } = question;
  const after = toKey(question.after);
  const rows: Row[] = [];
  const commonPrefixes: string[] = [];
  let last: Page<Row>['last'];
  const first = firstPosition(question);
  let from: Position | undefined = first;

  while (most > 0 && from !== undefined) {
    let jump: Position | undefined;
    for (const row of question.scan(from, from === first && first.isAfter)) {
      if (!row.key.startsWith(prefix)) break;
      const commonPrefix = commonPrefixOf(row.key, prefix, delimiter);
      const isNew = commonPrefix === undefined || Buffer.compare(toKey(commonPrefix), after) > 0;
      if (rows.length + commonPrefixes.length === most) {
        return { rows, commonPrefixes, isTruncated: true, ...(last && { last }) };
      }
      if (commonPrefix === undefined) {
        rows.push(row);
        last = { row };
        continue;
      }
      if (isNew) {
        commonPrefixes.push(commonPrefix);
        last = { commonPrefix };
      }
      jump = jumpOver(commonPrefix);
      break;
    }
    from = jump;
  }
  return { rows, commonPrefixes, isTruncated: false, ...(last && { last }) };
};

/** `isAfter` where the page begins at `after`, and not at a prefix that lies behind it. */
const firstPosition = <Row>({ prefix, after, resumeWithin }: Question<Row>): Position & { isAfter: boolean } => {
  const [prefixKey, afterKey] = [toKey(prefix), toKey(after)];
  return after !== '' && Buffer.compare(afterKey, prefixKey) >= 0
    ? { key: afterKey, inclusive: resumeWithin === true, isAfter: true }
    : { key: prefixKey, inclusive: true, isAfter: false };
};

const jumpOver = (commonPrefix: string): Position | undefined => {
  const key = successor(toKey(commonPrefix));
  return key && { key, inclusive: true };
};

const commonPrefixOf = (key: string, prefix: string, delimiter: string): string | undefined => {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
};
