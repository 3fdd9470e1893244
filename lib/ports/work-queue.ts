import type { FileVersion } from '../domain/file-version.ts';

/** A message as received: its body is not trusted until it is parsed. */
export type QueueMessage = Readonly<{
  /** What deletes it, for this receive only. */
  receiptHandle: string;
  messageId: string;
  body: string;
  /** Epoch ms of the first time it was sent. */
  sentAt: number;
}>;

/**
 * The queue of files to look at. A message is a hint, never the truth: losing or doubling one changes nothing.
 * All throw {@link ServiceUnavailableError}, {@link AccessDeniedError}.
 */
export type WorkQueue = Readonly<{
  /**
   * Sends the file in the shape of an S3 notification, so that one reader understands both.
   * @param delaySeconds 0 to 900, as SQS takes it
   */
  send(file: FileVersion, delaySeconds: number): Promise<void>;
  /** Sends any number of files, ten a call; answers with those that the queue accepted: a batch may fail in part. */
  sendAll(files: readonly FileVersion[]): Promise<readonly FileVersion[]>;
  /** Up to `most` messages (1 to 10; 10 unless told), waiting up to so many seconds for the first. */
  receive(waitSeconds: number, most?: number): Promise<readonly QueueMessage[]>;
  /** Deletes up to ten messages in one call. What could not be deleted comes again. */
  deleteAll(messages: readonly QueueMessage[]): Promise<void>;
  /** Makes up to ten messages visible again at once; where that fails, they come when their visibility timeout ends. */
  putBackAll(messages: readonly QueueMessage[]): Promise<void>;
  /** Copies the message to the dead-letter queue, its body unchanged. It is still to be deleted here. */
  setAside(message: QueueMessage): Promise<void>;
}>;
