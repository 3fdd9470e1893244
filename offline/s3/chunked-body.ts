import { createByteReader } from './byte-reader.ts';
import { S3Error } from './errors.ts';

/**
 * Decodes `aws-chunked`: chunks of `<hex size>[;chunk-signature=…]`, closed by one of size 0 and then, perhaps,
 * trailers, which are put into `trailers` by their lower-case names. Signatures are read over: the local S3 verifies
 * none. A stream that ends early throws `IncompleteBody`.
 */
export const decodeAwsChunked = async function* (
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = createByteReader(source);
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
