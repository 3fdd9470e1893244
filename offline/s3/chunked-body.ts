import { S3Error } from './errors.ts';

const longestLineBytes = 16 * 1024;

/**
 * Decodes `aws-chunked`: chunks of `<hex size>[;chunk-signature=…]`, closed by one of size 0 and then, perhaps,
 * trailers, which are put into `trailers` by their lower-case names. Signatures are read over: the local S3 verifies
 * none. A stream that ends early throws `IncompleteBody`.
 */
export const decodeAwsChunked = async function* (
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = createReader(source);
  for (;;) {
    const header = await reader.line();
    if (header === undefined) throw new S3Error('IncompleteBody');
    const [size = ''] = header.split(';', 1);
    if (!/^[0-9a-f]{1,13}$/i.test(size)) {
      throw new S3Error('InvalidRequest', { message: 'The size of an aws-chunked chunk is not a hexadecimal number.' });
    }
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) break;
    yield* reader.take(bytes);
    if ((await reader.line()) !== '') {
      throw new S3Error('InvalidRequest', { message: 'An aws-chunked chunk is not as long as it says.' });
    }
  }
  for (let line = await reader.line(); line !== undefined && line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  await reader.rest();
};

const createReader = (source: AsyncIterable<Buffer>) => {
  const iterator = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** Waits for more bytes than are held; false at the end of the stream. */
  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };

  return {
    /** A line without its line break; `undefined` when the stream ends before one. */
    async line(): Promise<string | undefined> {
      for (;;) {
        const end = held.indexOf('\n');
        if (end >= 0) {
          const line = held.toString('latin1', 0, end).replace(/\r$/, '');
          held = held.subarray(end + 1);
          return line;
        }
        if (held.length > longestLineBytes) {
          throw new S3Error('InvalidRequest', { message: 'A line of an aws-chunked body is too long.' });
        }
        if (!(await more())) return undefined;
      }
    },

    /** Exactly `bytes` bytes, handed on as they come. */
    async *take(bytes: number): AsyncGenerator<Buffer> {
      for (let left = bytes; left > 0;) {
        if (held.length === 0 && !(await more())) throw new S3Error('IncompleteBody');
        const piece = held.subarray(0, left);
        held = held.subarray(piece.length);
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },

    /** Reads the stream to its end, so that a connection can be used again. */
    async rest(): Promise<void> {
      while (await more()) held = Buffer.alloc(0);
    },
  };
};
