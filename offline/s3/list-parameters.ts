import type { Call } from './context.ts';
import { invalidArgument } from './errors.ts';
import { element, type XmlNode } from './xml-writer.ts';

const most = 1000;

/** `max-keys` and its sisters: 1,000 unless fewer are asked for. */
export const parseMost = (call: Call, name: string): number => Math.min(parseCount(call, name) ?? most, most);

/** A number in the query, if there is one. */
export const parseCount = (call: Call, name: string): number | undefined => {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
  }
  return Number(text);
};

/** How names are written in a list: as they are, or percent-encoded if the caller asks for `encoding-type=url`. */
export const parseEncoding = (
  call: Call,
): Readonly<{ encode: (name: string) => string; node: XmlNode | undefined }> => {
  const type = call.query.get('encoding-type');
  if (type === null || type === '') return { encode: (name) => name, node: undefined };
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return { encode: urlEncode, node: element('EncodingType', 'url') };
};

/** As forms are encoded, but for the slash, which stays: a space is `+`. */
const urlEncode = (name: string): string =>
  encodeURIComponent(name)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

/** A token that carries where the next page begins; opaque, so that nobody takes it for a key. */
export const toToken = (after: string): string => Buffer.from(after, 'utf8').toString('base64url');

export const parseToken = (token: string): string => {
  const after = Buffer.from(token, 'base64url').toString('utf8');
  if (after === '' || toToken(after) !== token) {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  }
  return after;
};

/** S3 tells times to the second, with three zeros behind. */
export const isoSeconds = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();

export const owner = (name = 'Owner'): XmlNode =>
  element(name, element('ID', '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a'));
