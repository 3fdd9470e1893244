import { createHash } from 'node:crypto';
import {
  checkChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  headerOf as checksumHeaderOf,
  parseAlgorithm,
  statedChecksum,
} from './checksums.ts';
import { decodeAwsChunked } from './chunked-body.ts';
import { type Call, type Context, headerOf } from './context.ts';
import { S3Error } from './errors.ts';
import type { Segment } from './store/bodies.ts';

/** A body that is on disk and is what its sender said it would be; nothing refers to it yet. */
export type Received = Readonly<{ segments: readonly Segment[]; size: number; eTag: string; checksum?: Checksum }>;

/**
 * Streams the body of a request to disk and checks everything that the sender stated of it: length, `Content-MD5`,
 * `x-amz-content-sha256`, and the checksum in a header or a trailer. Throws S3's error for what does not hold, and
 * keeps nothing then. `algorithm` is computed even if the sender stated none.
 */
export const receiveBody = async (
  { store, limits }: Context,
  call: Call,
  algorithm?: ChecksumAlgorithm,
): Promise<Received> => {
  const stated = statedChecksum(call.headers);
  const contentMd5 = parseContentMd5(headerOf(call, 'content-md5'));
  const contentSha256 = /^[0-9a-f]{64}$/.exec(headerOf(call, 'x-amz-content-sha256') ?? '')?.[0];
  const length = declaredLength(call);
  if (length > limits.maximumUploadBytes) throw tooLarge(length, limits.maximumUploadBytes);

  const md5 = createHash('md5');
  const sha256 = contentSha256 === undefined ? undefined : createHash('sha256');
  const askedFor = headerOf(call, 'x-amz-sdk-checksum-algorithm');
  const used = stated?.algorithm ?? algorithm ?? (askedFor === undefined ? undefined : parseAlgorithm(askedFor));
  const running = used === undefined ? undefined : createChecksum(used);
  const trailers = new Map<string, string>();
  let size = 0;
  const segments = await store.bodies.write(bodyOf(call, trailers), (chunk) => {
    size += chunk.length;
    if (size > length) throw new S3Error('IncompleteBody');
    md5.update(chunk);
    sha256?.update(chunk);
    running?.update(chunk);
  });
  try {
    if (size !== length) throw new S3Error('IncompleteBody');
    const digest = md5.digest();
    if (contentMd5 !== undefined && !contentMd5.equals(digest)) throw new S3Error('BadDigest');
    if (sha256 !== undefined && sha256.digest('hex') !== contentSha256) throw new S3Error('XAmzContentSHA256Mismatch');
    const value = running?.digest().toString('base64');
    if (used !== undefined && value !== undefined) {
      checkChecksum(used, stated?.value ?? trailers.get(checksumHeaderOf(used)), value);
    }
    const checksum =
      used === undefined || value === undefined
        ? {}
        : { checksum: { algorithm: used, type: 'FULL_OBJECT', value } as const };
    return { segments, size, eTag: digest.toString('hex'), ...checksum };
  } catch (error) {
    discard({ store }, segments);
    throw error;
  }
};

/** Forgets a body that was received and is not wanted after all. */
export const discard = ({ store }: Pick<Context, 'store'>, segments: readonly Segment[]): void =>
  store.bodies.discard(segments.map((segment) => segment.body));

const isAwsChunked = (call: Call): boolean => (headerOf(call, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');

const bodyOf = (call: Call, trailers: Map<string, string>): AsyncIterable<Buffer> => {
  // Without destroying it on the way out: an error must still find its way back over the same connection.
  const request = call.exchange.request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  return isAwsChunked(call) ? decodeAwsChunked(request, trailers) : request;
};

/** S3 wants to know the length before the body. */
const declaredLength = (call: Call): number => {
  const header = isAwsChunked(call) ? 'x-amz-decoded-content-length' : 'content-length';
  const value = headerOf(call, header);
  if (value === undefined || !/^\d+$/.test(value)) throw new S3Error('MissingContentLength');
  return Number(value);
};

const parseContentMd5 = (header: string | undefined): Buffer | undefined => {
  if (header === undefined) return undefined;
  const digest = Buffer.from(header, 'base64');
  if (digest.length !== 16 || digest.toString('base64') !== header.trim()) throw new S3Error('InvalidDigest');
  return digest;
};

const tooLarge = (size: number, maximum: number): S3Error =>
  new S3Error('EntityTooLarge', { details: { ProposedSize: String(size), MaxSizeAllowed: String(maximum) } });

/** Reads the XML body of a request whole, checked like any other body. */
export const receiveText = async (call: Call, maximumBytes = 8 * 1024 * 1024): Promise<string> => {
  const length = headerOf(call, 'content-length') ?? headerOf(call, 'x-amz-decoded-content-length');
  if (Number(length ?? 0) > maximumBytes) throw new S3Error('MaxMessageLengthExceeded');
  const stated = statedChecksum(call.headers);
  const contentMd5 = parseContentMd5(headerOf(call, 'content-md5'));
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(call, trailers)) {
    size += chunk.length;
    if (size > maximumBytes) throw new S3Error('MaxMessageLengthExceeded');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (contentMd5 !== undefined && !contentMd5.equals(createHash('md5').update(body).digest()))
    throw new S3Error('BadDigest');
  if (stated !== undefined) {
    const running = createChecksum(stated.algorithm);
    running.update(body);
    const value = stated.value ?? trailers.get(checksumHeaderOf(stated.algorithm));
    checkChecksum(stated.algorithm, value, running.digest().toString('base64'));
  }
  return body.toString('utf8');
};
