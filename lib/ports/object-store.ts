import type { Readable } from 'node:stream';
import type { FileHead } from '../domain/action.ts';
import type { FileVersion } from '../domain/file-version.ts';

/** The current object, opened for reading. The body is not read until somebody does. */
export type OpenedObject = Readonly<{ head: FileHead; body: Readable }>;

/** A page of the inbox, in S3's byte order. */
export type InboxPage = Readonly<{
  objects: readonly Readonly<{ file: FileVersion; lastModified: number }>[];
  /** Continues the listing; absent on the last page. A page may be empty and still not be the last. */
  next?: string;
  /** S3's own clock (its `Date` header, epoch ms): ages are measured by the clock that set `lastModified`. */
  listedAt: number;
}>;

/**
 * The inbox and the outputs. Every operation on an inbox object is pinned to the file version's eTag: it acts on that
 * object or on none. Never by `versionId`: what has left the inbox is never processed.
 *
 * All throw {@link ServiceUnavailableError} for throttles, timeouts and 5xx, {@link AccessDeniedError} for 403.
 */
export type ObjectStore = Readonly<{
  /**
   * `GetObject` with `If-Match`.
   * @throws {SupersededError} another object stands there (412) {@link GoneError} none does (404)
   */
  open(file: FileVersion, signal?: AbortSignal): Promise<OpenedObject>;
  /** Up to 1,000 objects of the inbox. */
  list(cursor: string | undefined): Promise<InboxPage>;
  /** Whether this very object still stands in the inbox: `HeadObject` with `If-Match`. */
  stands(file: FileVersion): Promise<boolean>;
  /**
   * Copies within the inbox bucket with the metadata as it is, pinned by `CopySourceIfMatch`; above 5 GB by parts.
   * `absent` when the object no longer stands there.
   */
  copy(file: FileVersion, toKey: string): Promise<'copied' | 'absent'>;
  /**
   * Makes S3 fire the object's event again: copies it to `viaKey` and back onto itself, both pinned to its eTag (the
   * way back by `If-Match` on the destination). `changed` when a copy of it would be another file version (another
   * eTag, or above 5 GB), `absent` when the object no longer stands there. Deletes nothing.
   */
  refire(file: FileVersion, viaKey: string): Promise<'refired' | 'changed' | 'absent'>;
  /** Deletes with `If-Match`. Gone, replaced or deleted by this call: all the same, it is out of the inbox. */
  remove(file: FileVersion): Promise<void>;
  /** Writes a JSON document beside a quarantined file. */
  putDocument(bucket: string, key: string, document: unknown): Promise<void>;
  /** Writes an action's output to the outputs bucket. */
  putOutput(key: string, body: string | Uint8Array, contentType: string, signal?: AbortSignal): Promise<void>;
}>;
