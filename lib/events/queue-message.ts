import { UnreadableEventError } from '../domain/errors.ts';
import { parseS3Notification, type S3Notification } from './s3-notification.ts';

/**
 * Reads the body of a message in the work queue: an S3 notification, as S3 itself or the sweeper sent it.
 * @throws {UnreadableEventError} for a message that is not ours
 */
export const parseQueueMessage = (body: string): S3Notification => {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch (error) {
    throw new UnreadableEventError(`the message is no JSON: it begins with ${JSON.stringify(body.slice(0, 40))}`, {
      cause: error,
    });
  }
  return parseS3Notification(event);
};
