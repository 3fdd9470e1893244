import type { RequestLogEntry } from '../../../offline/contracts.ts';
import type { Facts, LedgerEntry, SentVersion, Version } from '../../../demo/facts.ts';
import { createHash } from 'node:crypto';

/** A file version whose key is all that matters. */
export const makeVersion = (key: string): Version => ({
  bucket: 'inbox',
  key: `incoming/${key}`,
  eTag: createHash('md5').update(key).digest('hex'),
  size: 10,
});

export const idOf = ({ bucket, key, eTag, size }: Version): string => `s3://${bucket}/${key}#${eTag}-${size}`;

export const makeSent = (version: Version, changes: Partial<SentVersion> = {}): SentVersion => ({
  ...version,
  versionId: 'v1',
  operation: 'PutObject',
  sha256: 'the bytes',
  at: '2026-11-22T00:00:00.000Z',
  fate: 'kept',
  ...changes,
});

export const makeEntry = (version: Version, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...version,
  id: idOf(version),
  status: 'DONE',
  metadata: { index: { sha256: 'the bytes' } },
  outputs: [],
  ...changes,
});

/** A line of the request log about one ledger item. */
export const makeRequest = (
  version: Version,
  detail: Record<string, string>,
  changes: Partial<RequestLogEntry> = {},
): RequestLogEntry => ({
  n: 0,
  at: '2026-11-22T00:00:00.000Z',
  accessKeyId: 'processor',
  service: 'dynamodb',
  operation: 'UpdateItem',
  resource: 'ledger',
  status: 200,
  durationMs: 1,
  detail: { 'key.id': idOf(version), ...detail },
  ...changes,
});

export const makeClaim = (version: Version): RequestLogEntry => makeRequest(version, { 'set.status': 'PROCESSING' });

export const makeCommit = (version: Version, detail: Record<string, string> = {}): RequestLogEntry =>
  makeRequest(version, { 'set.status': 'DONE', ...detail });

export const makeRefusedClaim = (version: Version, oldStatus: string): RequestLogEntry =>
  makeRequest(
    version,
    { 'set.status': 'PROCESSING', 'old.status': oldStatus },
    { status: 400, errorCode: 'ConditionalCheckFailedException' },
  );

/** The sweeper's mark that it has sent the file: all that it sets is numbers. */
export const makeMark = (version: Version): RequestLogEntry => makeRequest(version, {}, { accessKeyId: 'sweeper' });

/** A file's copy in `bak/`. */
export const makeCopy = (version: Version, name = version.key): Version => ({
  ...version,
  key: `bak/${createHash('sha256').update(idOf(version)).digest('hex')}/${name}`,
});

/** The output that the service derives for a file. */
export const makeOutput = (version: Version, { mark = '', eTag = 'output' } = {}): Version => ({
  bucket: 'outputs',
  key: `digests/${createHash('sha256').update(idOf(version)).digest('hex')}${mark}/${version.key}.sha256`,
  eTag,
  size: 70,
});

const nothing: Facts = {
  modes: { redrive: 'queue', archive: 'versions' },
  sent: [],
  inbox: [],
  quarantine: [],
  archived: [],
  outputs: [],
  ledger: [],
  requests: [],
  droppedRequests: 0,
  notices: [],
  deadLetters: 0,
};

export const makeFacts = (changes: Partial<Facts>): Facts => ({ ...nothing, ...changes });

/** A file that went the happy path, with what is changed. */
export const makeHappy = (version: Version, changes: Partial<Facts> = {}): Facts =>
  makeFacts({
    sent: [makeSent(version)],
    ledger: [makeEntry(version)],
    requests: [makeClaim(version), makeCommit(version)],
    archived: [version],
    ...changes,
  });
