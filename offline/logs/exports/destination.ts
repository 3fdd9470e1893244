import type * as Sdk from '@aws-sdk/client-s3';

/** The bucket that an export writes to is gone, or was never there. */
export class NoBucketError extends Error {
  override readonly name = 'NoBucketError';
}

/** The buckets as CloudWatch Logs sees them. */
export type Destinations = Readonly<{
  /** The policy of a bucket; undefined when it has none. Throws {@link NoBucketError}. */
  policy(bucket: string): Promise<string | undefined>;
  /** Throws {@link NoBucketError}. */
  put(bucket: string, key: string, body: Buffer, signal?: AbortSignal): Promise<void>;
  close(): void;
}>;

const isNamed = (error: unknown, name: string): boolean => Error.isError(error) && error.name === name;

/**
 * Speaks to the local S3 at its endpoint, as the service `logs`: so what an export does stands in the request log, makes
 * the bucket's notifications, and meets the faults that are asked for. The SDK is loaded at the first export.
 */
export const createDestinations = (place: { endpoint: string; region: string }): Destinations => {
  let loading: Promise<{ client: Sdk.S3Client; sdk: typeof Sdk }> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-s3').then((sdk) => {
      const credentials = { accessKeyId: 'logs', secretAccessKey: 'local' };
      return { sdk, client: new sdk.S3Client({ ...place, credentials, forcePathStyle: true }) };
    });
    return loading;
  };

  const orNoBucket = (bucket: string) => (error: unknown) => {
    if (isNamed(error, 'NoSuchBucket')) throw new NoBucketError(`There is no bucket ${bucket}.`, { cause: error });
    throw error;
  };

  return {
    async policy(bucket) {
      const { client, sdk } = await load();
      try {
        return (await client.send(new sdk.GetBucketPolicyCommand({ Bucket: bucket }))).Policy;
      } catch (error) {
        if (isNamed(error, 'NoSuchBucketPolicy')) return undefined;
        return orNoBucket(bucket)(error);
      }
    },
    async put(bucket, key, body, signal) {
      const { client, sdk } = await load();
      const command = new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: body });
      await client.send(command, signal === undefined ? {} : { abortSignal: signal }).catch(orNoBucket(bucket));
    },
    close() {
      void loading?.then(({ client }) => client.destroy());
    },
  };
};
