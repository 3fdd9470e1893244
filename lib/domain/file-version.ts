import { hash } from 'node:crypto';

/**
 * One version of one file: the four fields that both an S3 event and `ListObjectsV2` carry, so that the processor
 * and the sweeper always agree on which file they speak of.
 */
export type FileVersion = Readonly<{
  /** `s3://bucket/key#etag-size`. Never parsed: its parts stand beside it. At most 2,048 bytes, as a DynamoDB key may have. */
  id: string;
  bucket: string;
  /** Decoded once at the edge and from there byte for byte: not normalised, trimmed or case-folded. */
  key: string;
  /** Without quotes. */
  eTag: string;
  /** Bytes. */
  size: number;
}>;

/** Builds the frozen file version and its id. An eTag may come with or without its quotes. */
export const createFileVersion = (parts: { bucket: string; key: string; eTag: string; size: number }): FileVersion => {
  const eTag = parts.eTag.replaceAll('"', '');
  const { bucket, key, size } = parts;
  return Object.freeze({ id: `s3://${bucket}/${key}#${eTag}-${String(size)}`, bucket, key, eTag, size });
};

/** SHA-256 of the id, in hexadecimal: the file version's name wherever the service makes a name for it. */
export const hashOf = (fileId: string): string => hash('sha256', fileId);
