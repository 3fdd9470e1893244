import { S3Error } from './errors.ts';

/** Reads a stream piecewise, holding no more of it than a line or a delimiter needs. */
export type ByteReader = Readonly<{
  /** A line without its line break; `undefined` when the stream ends before one. Throws above `mostBytes`. */
  line(): Promise<string | undefined>;
  /** Exactly `bytes` bytes, handed on as they come. Throws `IncompleteBody` when there are fewer. */
  take(bytes: number): AsyncGenerator<Buffer>;
  /** Everything before `delimiter`, which is read over. Throws `IncompleteBody` when it does not come. */
  until(delimiter: Buffer): AsyncGenerator<Buffer>;
  /** Reads the stream to its end, so that a connection can be used again. */
  rest(): Promise<void>;
}>;

const longestLineBytes = 16 * 1024;

export const createByteReader = (source: AsyncIterable<Buffer>): ByteReader => {
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
    async line() {
      for (;;) {
        const end = held.indexOf('\n');
        if (end >= 0) {
          const line = held.toString('latin1', 0, end).replace(/\r$/, '');
          held = held.subarray(end + 1);
          return line;
        }
        if (held.length > longestLineBytes) {
          throw new S3Error('InvalidRequest', { message: 'A line of the body is too long.' });
        }
        if (!(await more())) return undefined;
      }
    },

    async *take(bytes) {
      for (let left = bytes; left > 0;) {
        if (held.length === 0 && !(await more())) throw new S3Error('IncompleteBody');
        const piece = held.subarray(0, left);
        held = held.subarray(piece.length);
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },

    async *until(delimiter) {
      for (;;) {
        const end = held.indexOf(delimiter);
        // What could be the beginning of the delimiter is kept back until more is known.
        const length = end >= 0 ? end : Math.max(0, held.length - delimiter.length + 1);
        const piece = held.subarray(0, length);
        held = held.subarray(length + (end >= 0 ? delimiter.length : 0));
        if (piece.length > 0) yield piece;
        if (end >= 0) return;
        if (!(await more())) throw new S3Error('IncompleteBody');
      }
    },

    async rest() {
      while (await more()) held = Buffer.alloc(0);
    },
  };
};
