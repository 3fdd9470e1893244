import type { FileVersion } from '../domain/file-version.ts';

/** The queue of files to look at. A message is a hint, never the truth: losing or doubling one changes nothing. */
export type WorkQueue = Readonly<{
  /**
   * Sends the file in the shape of an S3 notification, so that one reader understands both.
   * @param delaySeconds 0 to 900, as SQS takes it
   * @throws {ServiceUnavailableError} {@link AccessDeniedError}
   */
  send(file: FileVersion, delaySeconds: number): Promise<void>;
}>;
