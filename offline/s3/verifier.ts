import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  checkChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  headerOf,
  parseAlgorithm,
  statedChecksum,
} from './checksums.ts';
import { S3Error } from './errors.ts';

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
  const contentSha256 = /^[0-9a-f]{64}$/.exec(String(headers['x-amz-content-sha256'] ?? ''))?.[0];
  const stated = statedChecksum(headers);
  const askedFor = headers['x-amz-sdk-checksum-algorithm'];
  const used =
    stated?.algorithm ?? algorithm ?? (askedFor === undefined ? undefined : parseAlgorithm(String(askedFor)));

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

const parseContentMd5 = (header: string | string[] | undefined): Buffer | undefined => {
  if (header === undefined) return undefined;
  const digest = Buffer.from(String(header), 'base64');
  if (digest.length !== 16 || digest.toString('base64') !== String(header).trim()) throw new S3Error('InvalidDigest');
  return digest;
};
