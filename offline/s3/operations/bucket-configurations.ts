import type { Operation } from '../context.ts';
import { type ErrorCode, S3Error } from '../errors.ts';
import { receiveText } from '../receive-body.ts';
import { readXml } from '../xml-reader.ts';
import { xmlDocument } from '../xml-writer.ts';

/** A bucket configuration that is kept and given back as it was sent, and changes nothing of what this S3 does. */
export type Configuration = Readonly<{
  /** The query parameter, which is also the name under which it is kept. */
  subresource: string;
  /** As in the names of its operations: `GetBucketPolicy`. */
  name: string;
  putStatus: 200 | 204;
  /** What a bucket without one answers: an error, or the root of an empty document. */
  absent: Readonly<{ error: ErrorCode } | { root: string }>;
  /** JSON rather than XML. */
  isJson?: true;
}>;

export const configurations: readonly Configuration[] = [
  {
    subresource: 'policy',
    name: 'BucketPolicy',
    putStatus: 204,
    absent: { error: 'NoSuchBucketPolicy' },
    isJson: true,
  },
  {
    subresource: 'lifecycle',
    name: 'BucketLifecycleConfiguration',
    putStatus: 200,
    absent: { error: 'NoSuchLifecycleConfiguration' },
  },
  {
    subresource: 'encryption',
    name: 'BucketEncryption',
    putStatus: 200,
    absent: { error: 'ServerSideEncryptionConfigurationNotFoundError' },
  },
  {
    subresource: 'publicAccessBlock',
    name: 'PublicAccessBlock',
    putStatus: 200,
    absent: { error: 'NoSuchPublicAccessBlockConfiguration' },
  },
  {
    subresource: 'ownershipControls',
    name: 'BucketOwnershipControls',
    putStatus: 200,
    absent: { error: 'OwnershipControlsNotFoundError' },
  },
  { subresource: 'tagging', name: 'BucketTagging', putStatus: 204, absent: { error: 'NoSuchTagSet' } },
  { subresource: 'cors', name: 'BucketCors', putStatus: 200, absent: { error: 'NoSuchCORSConfiguration' } },
  { subresource: 'website', name: 'BucketWebsite', putStatus: 200, absent: { error: 'NoSuchWebsiteConfiguration' } },
  {
    subresource: 'notification',
    name: 'BucketNotificationConfiguration',
    putStatus: 200,
    absent: { root: 'NotificationConfiguration' },
  },
  { subresource: 'logging', name: 'BucketLogging', putStatus: 200, absent: { root: 'BucketLoggingStatus' } },
];

export const getConfiguration =
  ({ subresource, absent, isJson }: Configuration): Operation =>
  ({ store }, call) => {
    store.buckets.get(call.bucket);
    const document = store.buckets.configuration(call.bucket, subresource);
    const headers = { 'content-type': isJson === true ? 'application/json' : 'application/xml' };
    if (document !== undefined) return { status: 200, headers, body: document };
    if ('error' in absent) throw new S3Error(absent.error, { details: { BucketName: call.bucket } });
    return { status: 200, headers, body: xmlDocument(absent.root) };
  };

export const putConfiguration =
  ({ subresource, putStatus, isJson }: Configuration): Operation =>
  async (context, call) => {
    const { store } = context;
    store.buckets.get(call.bucket);
    const document = await receiveText(call);
    if (isJson === true) parseJson(document);
    else readXml(document);
    store.commit(() => {
      store.buckets.get(call.bucket);
      store.buckets.setConfiguration(call.bucket, subresource, document);
    });
    return { status: putStatus };
  };

export const deleteConfiguration =
  ({ subresource }: Configuration): Operation =>
  ({ store }, call) => {
    store.commit(() => {
      store.buckets.get(call.bucket);
      store.buckets.setConfiguration(call.bucket, subresource, undefined);
    });
    return { status: 204 };
  };

const parseJson = (document: string): void => {
  try {
    JSON.parse(document);
  } catch (error) {
    throw new S3Error('MalformedPolicy', { message: `Policies must be valid JSON: ${String(error)}` });
  }
};
