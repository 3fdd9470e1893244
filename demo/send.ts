import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { ClaimWatch } from './claim-watch.ts';
import { names } from './clients.ts';
import type { SentVersion } from './facts.ts';
import type { Errand, SenderFile } from './plan.ts';

/** Above this, a sender uploads by parts of this size. */
const partBytes = 8 * 1024 * 1024;

/** A sender whose event is lost does not wait for ever. */
const patienceMs = 4_000;

type Put = Omit<SentVersion, 'fate'>;

/** Does all of one errand but sending again, and records each put that S3 acknowledged. */
export const runErrand = async (
  s3: S3Client,
  { puts, deletes, key, waitsForClaim }: Errand,
  claims: ClaimWatch,
): Promise<readonly SentVersion[]> => {
  const done: Put[] = [];
  const changeMind = async (): Promise<void> => {
    const last = done.at(-1);
    if (waitsForClaim && last !== undefined) await claims.untilClaimed(last, patienceMs);
  };
  for (const file of puts) {
    await changeMind();
    done.push(await putFile(s3, file));
  }
  if (deletes) {
    await changeMind();
    await s3.send(new DeleteObjectCommand({ Bucket: names.inbox, Key: key }));
  }
  const last = done.length - 1;
  return done.map((put, index) => ({ ...put, fate: index < last ? 'overwritten' : deletes ? 'deleted' : 'kept' }));
};

/** Sends the errand's last file once more, unchanged. */
export const sendAgain = async (s3: S3Client, { puts }: Errand): Promise<readonly SentVersion[]> => {
  const file = puts.at(-1) ?? puts[0];
  return [{ ...(await putFile(s3, file)), fate: 'kept' }];
};

const putFile = async (s3: S3Client, file: SenderFile): Promise<Put> => {
  const body = file.content();
  const { operation, answer } = await (body.length > partBytes ? putByParts : putWhole)(s3, file, body);
  if (answer.ETag === undefined) throw new Error(`S3 took ${file.key} and named no eTag`);
  return {
    bucket: names.inbox,
    key: file.key,
    eTag: answer.ETag.replaceAll('"', ''),
    size: body.length,
    versionId: answer.VersionId,
    operation,
    sha256: createHash('sha256').update(body).digest('hex'),
    at: new Date().toISOString(),
  };
};

type Acknowledged = Readonly<{
  operation: SentVersion['operation'];
  answer: Readonly<{ ETag?: string | undefined; VersionId?: string | undefined }>;
}>;

const headersOf = ({ contentType, userMetadata, key }: SenderFile) => ({
  Bucket: names.inbox,
  Key: key,
  ContentType: contentType,
  Metadata: userMetadata,
});

const putWhole = async (s3: S3Client, file: SenderFile, body: Buffer): Promise<Acknowledged> => ({
  operation: 'PutObject',
  answer: await s3.send(new PutObjectCommand({ ...headersOf(file), Body: body })),
});

const putByParts = async (s3: S3Client, file: SenderFile, body: Buffer): Promise<Acknowledged> => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(headersOf(file)));
  const upload = { Bucket: names.inbox, Key: file.key, UploadId };
  const parts = Array.from({ length: Math.ceil(body.length / partBytes) }, async (_, index) => {
    const part = body.subarray(index * partBytes, (index + 1) * partBytes);
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ ...upload, PartNumber: index + 1, Body: part }),
    );
    return { PartNumber: index + 1, ETag, ChecksumCRC32 };
  });
  const answer = await s3.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: await Promise.all(parts) } }),
  );
  return { operation: 'CompleteMultipartUpload', answer };
};
