import {
  DeleteTableCommand,
  DescribeTableCommand,
  ResourceNotFoundException,
  UpdateTableCommand,
  waitUntilTableExists,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { StageNames } from '../stage/stage-names.ts';
import { countBucket, emptyBucket, type BucketContents, type OnProgress } from './empty-bucket.ts';

/** What stands of a stage in the account. */
export type StageContents = Readonly<{
  stackExists: boolean;
  /** By name; a bucket that is not there is not listed. */
  buckets: Readonly<Record<string, BucketContents>>;
  /** Undefined when there is none. A ledger is protected where the stage was deployed with `deletionPolicy: Retain`. */
  ledger: Readonly<{ items: number; isProtected: boolean }> | undefined;
}>;

/** Where a stage is, and the one step that is not ours. */
export type StageAccess = Readonly<{
  s3: S3Client;
  dynamodb: DynamoDBClient;
  names: StageNames;
  stackExists(): Promise<boolean>;
  /** `sls remove`: CloudFormation deletes all that the stack made, but what it is told to retain. */
  removeStack(): Promise<void>;
}>;

/** Looks, and changes nothing. */
export const readStage = async ({ s3, dynamodb, names, stackExists }: StageAccess): Promise<StageContents> => {
  const counted = await Promise.all(
    names.buckets.map(async (bucket) => [bucket, await countBucket(s3, bucket)] as const),
  );
  const table = await readTable(dynamodb, names.ledgerTable);
  return {
    stackExists: await stackExists(),
    buckets: Object.fromEntries(counted.filter(([, contents]) => contents !== undefined)) as Record<
      string,
      BucketContents
    >,
    ledger: table && { items: table.ItemCount ?? 0, isProtected: table.DeletionProtectionEnabled === true },
  };
};

/** Nothing of it is in the account. */
export const isGone = ({ stackExists, buckets, ledger }: StageContents): boolean =>
  !stackExists && Object.keys(buckets).length === 0 && ledger === undefined;

/**
 * Empties the stage's buckets, removes its stack, then deletes what a stack with `deletionPolicy: Retain` leaves. Each step
 * may be repeated: what is gone already is passed over.
 *
 * @throws {NotDeletedError} or the error of the step that failed; what was deleted before stays deleted
 */
export const removeStage = async (access: StageAccess, onProgress: OnProgress): Promise<void> => {
  const { s3, dynamodb, names } = access;
  for (const bucket of names.buckets) await emptyBucket(s3, bucket, onProgress);
  if (await access.stackExists()) await access.removeStack();
  for (const bucket of names.buckets) {
    // Emptied again: a function that still ran may have written meanwhile.
    const left = await emptyBucket(s3, bucket, onProgress);
    if (left !== undefined) await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  }
  await deleteTable(dynamodb, names.ledgerTable);
};

const readTable = async (client: DynamoDBClient, TableName: string) => {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const deleteTable = async (client: DynamoDBClient, TableName: string): Promise<void> => {
  const table = await readTable(client, TableName);
  if (table === undefined || table.TableStatus === 'DELETING') return;
  if (table.DeletionProtectionEnabled === true) {
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await waitUntilTableExists({ client, maxWaitTime: 120 }, { TableName });
  }
  await client.send(new DeleteTableCommand({ TableName }));
};
