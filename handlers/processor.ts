import type { Context } from 'aws-lambda';
import { createProcessor } from '../lib/container.ts';
import { parseS3Notification } from '../lib/events/s3-notification.ts';

const processor = createProcessor();

/** S3 `ObjectCreated:*` on the inbox → each file is processed once. Answers with the outcome of each file. */
export const handler = async (event: unknown, context: Context) =>
  processor(parseS3Notification(event), context.getRemainingTimeInMillis());
