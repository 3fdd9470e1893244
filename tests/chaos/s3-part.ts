import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

/** What works on one bucket, and knows what must be in it afterwards. */
export type S3Part = Readonly<{
  senders(s3: S3Client): readonly (() => Promise<void>)[];
  /** Fails where an acknowledged write is missing or a half one is there. Answers the contents, by digest, that are kept. */
  check(s3: S3Client): Promise<readonly string[]>;
  acknowledged(): number;
}>;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
