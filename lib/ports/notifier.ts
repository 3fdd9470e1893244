import type { Notice } from '../domain/notice.ts';

/** Sends a notice to whoever subscribed. At least once: a lost response may send it again, under the same id. */
export type Notifier = Readonly<{
  /** @throws {ServiceUnavailableError} {@link AccessDeniedError} */
  send(notice: Notice): Promise<void>;
}>;
