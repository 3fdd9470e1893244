import { derivedKey } from './derived-key.ts';
import { hashOf, type FileVersion } from './file-version.ts';
import type { LedgerItem } from './ledger-item.ts';
import { noticeId, noticeSubject, type Notice } from './notice.ts';

/** Where what waits for a person is kept, in the inbox bucket. */
export const quarantinePrefix = 'quarantine/';

/** Where a poison file is kept. `quarantine/` is the list of what waits for a person. */
export const quarantineKey = (file: FileVersion): string => derivedKey(quarantinePrefix, file);

/** Beside it: why. */
export const reasonKey = (file: FileVersion): string => `${quarantinePrefix}${hashOf(file.id)}/reason.json`;

/** Where a file goes that is done, with `archive: bak`. */
export const archiveKey = (file: FileVersion): string => derivedKey('bak/', file);

/** What `reason.json` says: enough to understand the failure without the ledger. */
export const quarantineReason = (file: FileVersion, item: LedgerItem): Readonly<Record<string, unknown>> => ({
  fileId: file.id,
  bucket: file.bucket,
  key: file.key,
  eTag: file.eTag,
  size: file.size,
  reason: item.lastError ?? 'unknown',
  attempts: item.attempts,
  via: item.via,
  firstSeenAt: isoTime(item.firstSeenAt),
  quarantinedAt: isoTime(item.doneAt),
});

/** The notice of a verdict `POISON`: what happened, to which file, what to do. */
export const quarantineNotice = (file: FileVersion, item: LedgerItem, lastError: string): Notice => ({
  id: noticeId(file.id, item.fence, 0),
  kind: 'quarantined',
  subject: noticeSubject(`Everyfile: quarantined ${file.key}`),
  text: [
    `The file ${file.key} in ${file.bucket} could not be processed and stands in quarantine.`,
    `Reason: ${lastError}`,
    `Attempts: ${String(item.attempts)}`,
    `It is kept under ${quarantineKey(file)}, with the reason in ${reasonKey(file)}.`,
    'Mend the file or its rule in lib/rules.ts, then replay it.',
  ].join('\n'),
  data: { fileId: file.id, bucket: file.bucket, key: file.key, reason: lastError, attempts: item.attempts },
});

const isoTime = (epochMs: number | undefined): string | undefined =>
  epochMs === undefined ? undefined : new Date(epochMs).toISOString();
