import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Notification } from '../notifications/configuration.ts';
import type { Deliver } from '../notifications/deliver.ts';
import { testMessage } from '../notifications/event-record.ts';
import { isObject } from './intrinsics.ts';

const readKnown = async (file: string): Promise<Record<string, unknown>> => {
  try {
    const known: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isObject(known) ? known : {};
  } catch (error) {
    if (Error.isError(error) && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
};

/**
 * Sends S3's test message to the queues and topics of every bucket whose notifications are not those of the last run:
 * S3 does it when a configuration is put, and CloudFormation puts it only when it has changed.
 */
export const sendTestMessages = async (options: {
  /** Where the last run's notifications are kept. */
  file: string;
  notifications: ReadonlyMap<string, readonly Notification[]>;
  deliver: Deliver;
  now: () => Date;
}): Promise<void> => {
  const known = await readKnown(options.file);
  for (const [bucket, notifications] of options.notifications) {
    if (JSON.stringify(known[bucket]) === JSON.stringify(notifications)) continue;
    const targets = new Set(notifications.map(({ targetArn }) => targetArn));
    for (const targetArn of targets) {
      if (targetArn.startsWith('arn:aws:lambda:')) continue;
      const requestId = randomBytes(8).toString('hex').toUpperCase();
      await options.deliver(targetArn, testMessage(bucket, options.now(), requestId));
    }
  }
  await writeFile(`${options.file}.new`, JSON.stringify(Object.fromEntries(options.notifications)));
  await rename(`${options.file}.new`, options.file);
};
