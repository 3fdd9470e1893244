import { hashOf } from './file-version.ts';

/** A message about one file, or one month of a log group. Delivered at least once; `id` tells a repetition. */
export type Notice = Readonly<{
  /** Stable: a notice sent twice carries the same id both times. */
  id: string;
  kind:
    | 'processed'
    | 'quarantined'
    | 'logs-exported'
    | 'logs-export-failed'
    | 'logs-group-missing'
    | 'logs-lost'
    | 'logs-unfinished';
  /** One line of at most 100 printable ASCII characters, as an e-mail subject over SNS must be. */
  subject: string;
  /** For people. */
  text: string;
  /** For systems: goes out as JSON. */
  data: Readonly<Record<string, unknown>>;
}>;

/** One file version commits once per fence, so file, fence and place in the outbox name a notice for good. */
export const noticeId = (fileId: string, fence: number, index: number): string =>
  `${hashOf(fileId).slice(0, 32)}-${String(fence)}-${String(index)}`;

/** SNS refuses a subject with line breaks, control or non-ASCII characters, or with more than 100 of them. */
export const noticeSubject = (text: string): string => text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 100) || 'Everyfile';
