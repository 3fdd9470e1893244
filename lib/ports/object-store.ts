import type { Readable } from 'node:stream';
import type { FileHead } from '../domain/action.ts';
import type { FileVersion } from '../domain/file-version.ts';

/** The current object, opened for reading. The body is not read until somebody does. */
export type OpenedObject = Readonly<{ head: FileHead; body: Readable }>;

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
  /** Whether this very object still stands in the inbox: `HeadObject` with `If-Match`. */
  stands(file: FileVersion): Promise<boolean>;
  /**
   * Copies within the inbox bucket with the metadata as it is, pinned by `CopySourceIfMatch`; above 5 GB by parts.
   * `absent` when the object no longer stands there.
   */
  copy(file: FileVersion, toKey: string): Promise<'copied' | 'absent'>;
  /** Deletes with `If-Match`. Gone, replaced or deleted by this call: all the same, it is out of the inbox. */
  remove(file: FileVersion): Promise<void>;
  /** Writes a JSON document beside a quarantined file. */
  putDocument(bucket: string, key: string, document: unknown): Promise<void>;
  /** Writes an action's output to the outputs bucket. */
  putOutput(key: string, body: string | Uint8Array, contentType: string, signal?: AbortSignal): Promise<void>;
}>;
