import { hashOf, type FileVersion } from './file-version.ts';

const maxKeyBytes = 1024;

/**
 * The key of everything the service writes for a file version: prefix + SHA-256 of the id + `/` + the tail of the
 * file's own key, cut from the left to S3's 1,024 bytes. Two file versions never share one, the same file version
 * always gets the same one, and a person still reads the file's name in it.
 *
 * @param mark goes behind the hash, for outputs that are not a function of the file's bytes (`-f3` for fence 3)
 * @param ending goes behind the tail (`.json`)
 */
export const derivedKey = (prefix: string, file: FileVersion, mark = '', ending = ''): string => {
  const head = `${prefix}${hashOf(file.id)}${mark}/`;
  return head + tailWithin(file.key, maxKeyBytes - byteLength(head) - byteLength(ending)) + ending;
};

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** The longest tail of the text within so many bytes, never cut inside a character. */
const tailWithin = (text: string, maxBytes: number): string => {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  let start = bytes.length - Math.max(0, maxBytes);
  // UTF-8 continuation bytes are 10xxxxxx: walk to the next first byte.
  while (start < bytes.length && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1;
  return new TextDecoder().decode(bytes.subarray(start));
};
