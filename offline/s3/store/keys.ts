/** Keys are stored as their UTF-8 bytes, so that they sort as S3 sorts them. */
export const toKey = (key: string): Buffer => Buffer.from(key, 'utf8');

export const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

/** The least byte string above everything that begins with `prefix`; `undefined` if there is none. */
export const successor = (prefix: Uint8Array): Buffer | undefined => {
  const bytes = Buffer.from(prefix);
  for (let index = bytes.length - 1; index >= 0; index -= 1) {
    const byte = bytes[index] ?? 0;
    if (byte < 255) {
      bytes[index] = byte + 1;
      return bytes.subarray(0, index + 1);
    }
  }
  return undefined;
};
