import { invalidArgument } from './errors.ts';

/** Throws `InvalidArgument` for a value that no HTTP header can carry: an object that had it could never be read. */
export const checkHeaderValue = (name: string, value: string): void => {
  checkOneLine(name, value);
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, value);
};

/** A line break in a value would end the header. No header of a request has one, but a field of a form may. */
export const checkOneLine = (name: string, value: string): void => {
  if (!/[\r\n]/.test(value)) return;
  throw invalidArgument('Header value cannot contain a line break.', name, value);
};

/** As long as an encoded word may be (75), less the two characters at its end. */
const longestWord = 73;

/**
 * Metadata as S3 sends it: what is not plain ASCII as encoded words of RFC 2047, in the form that keeps it shorter to
 * read: `=?UTF-8?Q?…?=` where most characters are ASCII, else `=?UTF-8?B?…?=`.
 */
export const toMailSafe = (text: string): string => {
  const characters = Array.from(text);
  const beyond = characters.filter((character) => !/[\t\x20-\x7e]/.test(character)).length;
  if (beyond === 0) return text;
  return encodeWords(characters, beyond * 2 < characters.length ? quoted : based).join(' ');
};

const based = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString('base64')}`;
const quoted = (text: string): string => `=?UTF-8?Q?${[...Buffer.from(text)].map(quote).join('')}`;

const quote = (byte: number): string => {
  if (byte === 0x20) return '_';
  if (byte > 0x20 && byte < 0x7f && !'=?_'.includes(String.fromCharCode(byte))) return String.fromCharCode(byte);
  return `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
};

/** One encoded word, or those of both halves where one is too long; no character is cut. */
const encodeWords = (characters: readonly string[], encode: (text: string) => string): readonly string[] => {
  const word = encode(characters.join(''));
  if (word.length <= longestWord || characters.length < 2) return [`${word}?=`];
  const middle = Math.floor(characters.length / 2);
  return [...encodeWords(characters.slice(0, middle), encode), ...encodeWords(characters.slice(middle), encode)];
};
