import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { combineCrcs, createCrc } from './crc.ts';
import { invalidArgument, S3Error } from './errors.ts';

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof algorithms)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A stored checksum: base64, of a composite one with `-` and the number of parts behind it. */
export type Checksum = Readonly<{
  algorithm: ChecksumAlgorithm;
  type: ChecksumType;
  value: string;
  /** Those of its parts in their order, when the object was uploaded in parts. */
  ofParts?: readonly string[];
}>;

/** A check that grows with the stream. */
export type RunningChecksum = Readonly<{ update(chunk: Uint8Array): void; digest(): Buffer }>;

export const createChecksum = (algorithm: ChecksumAlgorithm): RunningChecksum => {
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256') return createCrc(algorithm);
  const hash = createHash(algorithm.toLowerCase());
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
};

export const headerOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;
export const elementOf = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

export const parseAlgorithm = (value: string): ChecksumAlgorithm => {
  const algorithm = algorithms.find((candidate) => candidate === value.toUpperCase());
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', {
      message:
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    });
  }
  return algorithm;
};

/** The names of the trailers that `x-amz-trailer` says will come behind the body. */
export const announcedTrailers = (headers: IncomingHttpHeaders): readonly string[] =>
  String(headers['x-amz-trailer'] ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);

/** The one checksum that a request states in its headers or announces as a trailer. More than one is refused. */
export const statedChecksum = (
  headers: IncomingHttpHeaders,
): Readonly<{ algorithm: ChecksumAlgorithm; value?: string }> | undefined => {
  const trailers = announcedTrailers(headers);
  const stated = algorithms.flatMap((algorithm): { algorithm: ChecksumAlgorithm; value?: string }[] => {
    const value = headers[headerOf(algorithm)];
    if (typeof value === 'string') return [{ algorithm, value }];
    return trailers.includes(headerOf(algorithm)) ? [{ algorithm }] : [];
  });
  if (stated.length > 1) {
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  }
  const [first] = stated;
  if (first?.value !== undefined) checkShape(first.algorithm, first.value);
  return first;
};

/** Refuses a whole object whose checksum is of another algorithm than the request names; of a part S3 passes it over. */
export const refuseOtherAlgorithm = (headers: IncomingHttpHeaders): void => {
  const [named, stated] = [headers['x-amz-sdk-checksum-algorithm'], statedChecksum(headers)];
  if (named === undefined || stated === undefined || String(named).toUpperCase() === stated.algorithm) return;
  throw invalidValue('x-amz-sdk-checksum-algorithm');
};

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

const checkShape = (algorithm: ChecksumAlgorithm, value: string): void => {
  const bytes = Buffer.from(value.replace(/-\d+$/, ''), 'base64');
  if (bytes.length !== digestBytes[algorithm]) throw invalidValue(headerOf(algorithm));
};

const invalidValue = (header: string): S3Error =>
  new S3Error('InvalidRequest', { message: `Value for ${header} header is invalid.` });

export const checkChecksum = (algorithm: ChecksumAlgorithm, stated: string | undefined, computed: string): void => {
  if (stated === undefined || stated === computed) return;
  throw new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` });
};

/** Which way of summing up parts an upload uses: what was asked for if the algorithm allows it, else its default. */
export const checksumTypeFor = (algorithm: ChecksumAlgorithm, asked: string | undefined): ChecksumType => {
  if (asked === undefined) return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  if (asked !== 'FULL_OBJECT' && asked !== 'COMPOSITE') {
    throw invalidArgument('The checksum type is not valid.', 'x-amz-checksum-type', asked);
  }
  const cannot = asked === 'FULL_OBJECT' ? algorithm.startsWith('SHA') : algorithm === 'CRC64NVME';
  if (cannot) {
    throw new S3Error('InvalidRequest', {
      message: `The ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    });
  }
  return asked;
};

type Part = Readonly<{ value: string; bytes: number }>;

/** The checksum of a whole multipart object from those of its parts. */
export const sumUp = (algorithm: ChecksumAlgorithm, type: ChecksumType, parts: readonly Part[]): Checksum => {
  const digests = parts.map((part): { digest: Buffer; bytes: number } => ({
    digest: Buffer.from(part.value, 'base64'),
    bytes: part.bytes,
  }));
  if (type === 'FULL_OBJECT' && algorithm !== 'SHA1' && algorithm !== 'SHA256') {
    const whole = digests.reduce((sum, part) => ({
      digest: combineCrcs(algorithm, sum.digest, part.digest, part.bytes),
      bytes: sum.bytes + part.bytes,
    }));
    return { algorithm, type, value: whole.digest.toString('base64') };
  }
  const sum = createChecksum(algorithm);
  for (const { digest } of digests) sum.update(digest);
  return { algorithm, type, value: `${sum.digest().toString('base64')}-${String(parts.length)}` };
};
