import { ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand, type _Object } from '@aws-sdk/client-s3';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { names, type Clients } from './clients.ts';
import { countMessages } from './count-messages.ts';
import type { Facts, LedgerEntry, Modes, Quarantined, ReceivedNotice, SentVersion, Version } from './facts.ts';
import type { RequestFollower } from './follow-requests.ts';

/** Gathers what the audit looks at: S3, the ledger, the endpoint's request log, and the notices queue, drained. */
export const collectFacts = async (
  clients: Clients,
  modes: Modes,
  sent: readonly SentVersion[],
  follower: RequestFollower,
): Promise<Facts> => {
  const inbox = await listObjects(clients, names.inbox, names.inboxPrefix);
  const quarantine = await listQuarantine(clients);
  const archived = await (modes.archive === 'bak'
    ? listObjects(clients, names.inbox, names.archivePrefix)
    : listVersions(clients, names.inbox, names.inboxPrefix));
  const outputs = await listVersions(clients, names.outputs, '');
  const ledger = await scanLedger(clients);
  const notices = await drainNotices(clients);
  const deadLetters = await countMessages(clients, names.deadLetterQueue);
  await follower.poll();
  const { entries: requests, dropped: droppedRequests } = follower.read();
  const stored = { inbox, quarantine, archived, outputs, ledger };
  return { modes, sent, ...stored, requests, droppedRequests, notices, deadLetters };
};

/** The current objects under a prefix. */
export const listObjects = async ({ s3 }: Clients, bucket: string, prefix: string): Promise<readonly Version[]> => {
  const objects: Version[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', ContinuationToken: token }),
    );
    for (const object of page.Contents ?? []) objects.push(versionFrom(bucket, object));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return objects;
};

const listVersions = async ({ s3 }: Clients, bucket: string, prefix: string): Promise<readonly Version[]> => {
  const versions: Version[] = [];
  let marker: Readonly<{ KeyMarker?: string; VersionIdMarker?: string }> | undefined = {};
  while (marker !== undefined) {
    const page: Awaited<ReturnType<typeof listVersionsPage>> = await listVersionsPage(s3, bucket, prefix, marker);
    for (const version of page.Versions ?? []) versions.push(versionFrom(bucket, version));
    marker =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? {
            KeyMarker: decodeKey(page.NextKeyMarker),
            ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
          }
        : undefined;
  }
  return versions;
};

const listVersionsPage = (s3: Clients['s3'], Bucket: string, Prefix: string, marker: object) =>
  s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, EncodingType: 'url', ...marker }));

/** Asked for as `url`, since XML has no way to write some characters that a key may hold. */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '));

const versionFrom = (bucket: string, object: Pick<_Object, 'Key' | 'ETag' | 'Size'>): Version => ({
  bucket,
  key: decodeKey(object.Key ?? ''),
  eTag: (object.ETag ?? '').replaceAll('"', ''),
  size: object.Size ?? 0,
});

/** Each `reason.json` names the file it is about; the file itself must stand beside it with its size. */
const listQuarantine = async (clients: Clients): Promise<readonly Quarantined[]> => {
  const objects = await listObjects(clients, names.inbox, names.quarantinePrefix);
  const reasons = objects.filter(({ key }) => /^quarantine\/[0-9a-f]{64}\/reason\.json$/.test(key));
  return Promise.all(
    reasons.map(async ({ key: reasonKey }) => {
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: names.inbox, Key: reasonKey }));
      const reason = JSON.parse((await Body?.transformToString()) ?? '{}') as Version;
      const folder = reasonKey.slice(0, reasonKey.lastIndexOf('/') + 1);
      const fileStands = objects.some(
        ({ key, size }) => key.startsWith(folder) && key !== reasonKey && size === reason.size,
      );
      const { bucket, key, eTag, size } = reason;
      return { bucket, key, eTag, size, fileStands };
    }),
  );
};

/** Every file that the ledger knows. */
export const scanLedger = async ({ dynamodb }: Clients): Promise<readonly LedgerEntry[]> => {
  const entries: LedgerEntry[] = [];
  let startKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({ TableName: names.ledger, ConsistentRead: true, ExclusiveStartKey: startKey }),
    );
    for (const item of page.Items ?? []) entries.push(unmarshall(item) as LedgerEntry);
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  // Lanes and cursors stand in the same table and are no files.
  return entries.filter(({ eTag }) => (eTag as string | undefined) !== undefined);
};

/** Receives and deletes until the queue holds nothing more, neither visible nor in flight. */
const drainNotices = async (clients: Clients): Promise<readonly ReceivedNotice[]> => {
  const { sqs } = clients;
  const QueueUrl = clients.queueUrl(names.noticesQueue);
  const notices: ReceivedNotice[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0 && (await countMessages(clients, names.noticesQueue)) === 0) return notices;
    if (Messages.length === 0) continue;
    notices.push(...Messages.flatMap(noticesOfFiles));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0)
      throw new Error(`${Failed.length} notices could not be deleted: ${Failed[0]?.Message ?? ''}`);
  }
};

/**
 * SNS wraps what was published; a quarantine notice and a notice of a processed file both name the file's id. The logs export,
 * which a schedule may start meanwhile, tells of months.
 */
export const noticesOfFiles = ({ Body }: Pick<Message, 'Body'>): readonly ReceivedNotice[] => {
  const { Message: text } = JSON.parse(Body ?? '{}') as { Message: string };
  const { id, kind, fileId } = JSON.parse(text) as Partial<ReceivedNotice> & Pick<ReceivedNotice, 'id' | 'kind'>;
  return fileId === undefined ? [] : [{ id, kind, fileId }];
};
