import type { IncomingHttpHeaders } from 'node:http';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import { decodeAwsChunked } from './chunked-body.ts';
import { type Call, type Context, headerOf } from './context.ts';
import { S3Error } from './errors.ts';
import type { Segment } from './store/bodies.ts';
import { createVerifier } from './verifier.ts';

/** A body that is on disk and is what its sender said it would be; nothing refers to it yet. */
export type Received = Readonly<{ segments: readonly Segment[]; size: number; eTag: string; checksum?: Checksum }>;

type Source = Readonly<{
  bytes: AsyncIterable<Buffer>;
  /** What is stated of the bytes, by the names of request headers. */
  headers: IncomingHttpHeaders;
  trailers: ReadonlyMap<string, string>;
  leastBytes: number;
  mostBytes: number;
  algorithm?: ChecksumAlgorithm | undefined;
}>;

/** Streams the body of a request to disk and checks it. Throws S3's error for what does not hold, and keeps nothing. */
export const receiveBody = async (context: Context, call: Call, algorithm?: ChecksumAlgorithm): Promise<Received> => {
  const length = declaredLength(call);
  if (length > context.limits.maximumUploadBytes) throw tooLarge(length, context.limits.maximumUploadBytes);
  const trailers = new Map<string, string>();
  const bytes = bodyOf(call, trailers);
  return storeBody(context, {
    bytes,
    headers: call.headers,
    trailers,
    leastBytes: length,
    mostBytes: length,
    algorithm,
  });
};

/** Streams bytes to disk and checks them: their number, and what is stated of them. */
export const storeBody = async (context: Pick<Context, 'store'>, source: Source): Promise<Received> => {
  const verifier = createVerifier(source.headers, source.algorithm);
  let size = 0;
  const segments = await context.store.bodies.write(source.bytes, (chunk) => {
    size += chunk.length;
    if (size > source.mostBytes) throw outside(source, size);
    verifier.update(chunk);
  });
  try {
    if (size < source.leastBytes) throw outside(source, size);
    return { segments, size, ...verifier.finish(source.trailers) };
  } catch (error) {
    discard(context, segments);
    throw error;
  }
};

const outside = ({ leastBytes, mostBytes }: Source, size: number): S3Error => {
  if (leastBytes === mostBytes) return new S3Error('IncompleteBody');
  if (size > mostBytes) return tooLarge(size, mostBytes);
  return new S3Error('EntityTooSmall', { details: { ProposedSize: String(size), MinSizeAllowed: String(leastBytes) } });
};

const tooLarge = (size: number, most: number): S3Error =>
  new S3Error('EntityTooLarge', { details: { ProposedSize: String(size), MaxSizeAllowed: String(most) } });

/** Forgets a body that was received and is not wanted after all. */
export const discard = ({ store }: Pick<Context, 'store'>, segments: readonly Segment[]): void =>
  store.bodies.discard(segments.map((segment) => segment.body));

const mostTextBytes = 8 * 1024 * 1024;

/** Reads the XML body of a request whole, checked by what `headers` state of it. */
export const receiveText = async (call: Call, headers: IncomingHttpHeaders = call.headers): Promise<string> => {
  const verifier = createVerifier(headers);
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(call, trailers)) {
    size += chunk.length;
    if (size > mostTextBytes) throw new S3Error('MaxMessageLengthExceeded');
    verifier.update(chunk);
    chunks.push(chunk);
  }
  verifier.finish(trailers);
  return Buffer.concat(chunks).toString('utf8');
};

/** The bytes of a request as they come, without destroying it: an error must find its way back over the connection. */
export const rawBodyOf = (call: Call): AsyncIterable<Buffer> =>
  call.exchange.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;

const bodyOf = (call: Call, trailers: Map<string, string>): AsyncIterable<Buffer> =>
  isAwsChunked(call) ? decodeAwsChunked(rawBodyOf(call), trailers) : rawBodyOf(call);

const isAwsChunked = (call: Call): boolean => (headerOf(call, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');

/** S3 wants to know the length before the body. */
const declaredLength = (call: Call): number => {
  const value = headerOf(call, isAwsChunked(call) ? 'x-amz-decoded-content-length' : 'content-length');
  if (value !== undefined && /^\d+$/.test(value)) return Number(value);
  if (call.headers['transfer-encoding'] === undefined) throw new S3Error('MissingContentLength');
  throw new S3Error('NotImplemented', { details: { Header: 'Transfer-Encoding' } });
};
