import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  announcedTrailers,
  checkChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  headerOf,
  parseAlgorithm,
  statedChecksum,
} from './checksums.ts';
import { invalidArgument, S3Error } from './errors.ts';

/** Compares the bytes of a body with everything that its sender stated of them. */
export type Verifier = Readonly<{
  update(chunk: Uint8Array): void;
  /** Throws S3's error for what does not hold; else answers the eTag and the checksum, if there is one. */
  finish(trailers: ReadonlyMap<string, string>): Readonly<{ eTag: string; checksum?: Checksum }>;
}>;

/**
 * Reads `Content-MD5`, `x-amz-content-sha256` and a checksum in a header or announced as a trailer. `algorithm` is
 * computed even if the sender stated none.
 */
export const createVerifier = (headers: IncomingHttpHeaders, algorithm?: ChecksumAlgorithm): Verifier => {
  const contentMd5 = parseContentMd5(headers['content-md5']);
  const contentSha256 = parseContentSha256(headers);
  const stated = statedChecksum(headers);
  const used = stated?.algorithm ?? algorithm ?? askedAlgorithm(headers);

  const md5 = createHash('md5');
  const sha256 = contentSha256 === undefined ? undefined : createHash('sha256');
  const running = used === undefined ? undefined : createChecksum(used);
  return {
    update(chunk) {
      md5.update(chunk);
      sha256?.update(chunk);
      running?.update(chunk);
    },
    finish(trailers) {
      refuseUnannounced(headers, trailers);
      const digest = md5.digest();
      if (contentMd5 !== undefined && !contentMd5.equals(digest)) throw new S3Error('BadDigest');
      if (sha256 !== undefined && sha256.digest('hex') !== contentSha256)
        throw new S3Error('XAmzContentSHA256Mismatch');
      const eTag = digest.toString('hex');
      if (used === undefined || running === undefined) return { eTag };
      const value = running.digest().toString('base64');
      const expected = stated?.value ?? trailers.get(headerOf(used));
      if (stated !== undefined && expected === undefined) throw new S3Error('MalformedTrailerError');
      checkChecksum(used, expected, value);
      return { eTag, checksum: { algorithm: used, type: 'FULL_OBJECT', value } };
    },
  };
};

const words = [
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
];

/** The digest in `x-amz-content-sha256`; `undefined` for a word that stands for none. Throws for anything else. */
export const parseContentSha256 = (headers: IncomingHttpHeaders): string | undefined => {
  const header = headers['x-amz-content-sha256'];
  if (header === undefined || words.includes(String(header))) return undefined;
  if (/^[0-9a-f]{64}$/i.test(String(header))) return String(header).toLowerCase();
  const message = `x-amz-content-sha256 must be ${words.join(', ')} or a valid sha256 value.`;
  throw invalidArgument(message, 'x-amz-content-sha256', String(header));
};

const askedAlgorithm = (headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined => {
  const asked = headers['x-amz-sdk-checksum-algorithm'];
  return asked === undefined ? undefined : parseAlgorithm(String(asked));
};

/** The signature of the trailers themselves is never announced. */
const refuseUnannounced = (headers: IncomingHttpHeaders, trailers: ReadonlyMap<string, string>): void => {
  const announced = announcedTrailers(headers);
  for (const name of trailers.keys()) {
    if (name !== 'x-amz-trailer-signature' && !announced.includes(name)) throw new S3Error('MalformedTrailerError');
  }
};

const parseContentMd5 = (header: string | string[] | undefined): Buffer | undefined => {
  if (header === undefined) return undefined;
  const digest = Buffer.from(String(header), 'base64');
  if (digest.length !== 16 || digest.toString('base64') !== String(header).trim()) throw new S3Error('InvalidDigest');
  return digest;
};
