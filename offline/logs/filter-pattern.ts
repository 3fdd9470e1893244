import { notBuilt } from '../endpoint/json-service.ts';
import { invalidParameter } from './errors.ts';

type Term = Readonly<{ sign: '' | '?' | '-'; text: string }>;

const termPattern = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))\s*/y;

const parseTerms = (pattern: string): Term[] => {
  const terms: Term[] = [];
  termPattern.lastIndex = 0;
  while (termPattern.lastIndex < pattern.length) {
    const match = termPattern.exec(pattern);
    if (match === null) throw invalidParameter(`Invalid filter pattern: ${pattern}`);
    const [, sign = '', quoted, bare = ''] = match;
    const text = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare;
    terms.push({ sign: sign as Term['sign'], text });
  }
  return terms;
};

/**
 * Reads a filter pattern of terms: all of them, `?a ?b` at least one, `-a` without it, `"in quotes"` as it stands. Case
 * counts. Patterns for JSON, for columns and regular expressions are refused by name.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export const parseFilterPattern = (pattern: string): ((message: string) => boolean) => {
  const trimmed = pattern.trim();
  if (trimmed.startsWith('{')) throw notBuilt('filter patterns for JSON');
  if (trimmed.startsWith('[')) throw notBuilt('filter patterns for columns');
  if (/(?:^|\s)[?-]?%/.test(trimmed)) throw notBuilt('filter patterns with regular expressions');
  const terms = parseTerms(trimmed);
  const of = (sign: Term['sign']): Term[] => terms.filter((term) => term.sign === sign);
  const [required, optional, excluded] = [of(''), of('?'), of('-')];
  return (message) =>
    required.every(({ text }) => message.includes(text)) &&
    (optional.length === 0 || required.length > 0 || optional.some(({ text }) => message.includes(text))) &&
    !excluded.some(({ text }) => message.includes(text));
};
