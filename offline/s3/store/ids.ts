import { randomBytes } from 'node:crypto';

const blindBytes = 8;

/**
 * An id of 32 characters that looks random and carries its sequence number. A list can so go on after a version or an
 * upload that was deleted since the last page: emptying a bucket page by page is the commonest use of those lists.
 */
export const createId = (sequence: number): string => {
  const bytes = randomBytes(24);
  const number = Buffer.alloc(blindBytes);
  number.writeBigUInt64BE(BigInt(sequence));
  for (let index = 0; index < blindBytes; index += 1) bytes[16 + index] = (bytes[index] ?? 0) ^ (number[index] ?? 0);
  // A leading hyphen would look like an option on a command line.
  return bytes.toString('base64url').replaceAll('-', '.');
};

/** The sequence number in an id; `undefined` for what cannot have been made here. */
export const sequenceOf = (id: string): number | undefined => {
  if (!isId(id)) return undefined;
  const bytes = Buffer.from(id.replaceAll('.', '-'), 'base64url');
  const number = Buffer.alloc(blindBytes);
  for (let index = 0; index < blindBytes; index += 1) number[index] = (bytes[index] ?? 0) ^ (bytes[16 + index] ?? 0);
  const sequence = Number(number.readBigUInt64BE());
  return Number.isSafeInteger(sequence) ? sequence : undefined;
};

export const isId = (id: string): boolean => /^[\w.]{32}$/.test(id);
