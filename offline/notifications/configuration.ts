import { createHash } from 'node:crypto';
import { isObject } from '../resources/intrinsics.ts';
import { decodeFilterValue } from './event-key.ts';

/** One notification of a bucket: which events of which keys go where. */
export type Notification = Readonly<{
  id: string;
  /** `s3:ObjectCreated:*` or one event's full name. */
  event: string;
  prefix: string;
  suffix: string;
  targetArn: string;
}>;

/** S3 would refuse this notification configuration. */
class NotificationConfigurationError extends Error {
  override readonly name = 'NotificationConfigurationError';
}

const events: readonly string[] = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
];

/** Events of AWS that nothing here ever causes: they are taken and stay silent. */
const silentEvents =
  /^s3:(ReducedRedundancyLostObject|ObjectRestore:|Replication:|LifecycleTransition|LifecycleExpiration:|IntelligentTiering|ObjectTagging:|ObjectAcl:)/;

const targets = [
  ['LambdaConfigurations', 'Function'],
  ['QueueConfigurations', 'Queue'],
  ['TopicConfigurations', 'Topic'],
] as const;

const asObjects = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isObject) : []);

const at = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

const filterValue = (configuration: unknown, name: 'prefix' | 'suffix', bucket: string): string => {
  const rules = asObjects(at(at(at(configuration, 'Filter'), 'S3Key'), 'Rules'));
  const ofName = rules.filter((rule) => String(rule['Name']).toLowerCase() === name);
  if (ofName.length > 1) throw new NotificationConfigurationError(`${bucket}: a filter has one ${name} at most.`);
  const value = ofName[0]?.['Value'];
  return typeof value === 'string' ? decodeFilterValue(value) : '';
};

const parseOne = (configuration: Record<string, unknown>, bucket: string, targetKey: string): Notification => {
  const event = String(configuration['Event']);
  if (!events.includes(event) && !silentEvents.test(event)) {
    throw new NotificationConfigurationError(`${bucket}: S3 has no event ${event}.`);
  }
  const target = configuration[targetKey];
  if (typeof target !== 'string' || !target.startsWith('arn:')) {
    const found = JSON.stringify(target);
    throw new NotificationConfigurationError(`${bucket}: ${targetKey} of a notification is an ARN; it was ${found}.`);
  }
  const id = createHash('sha256')
    .update(JSON.stringify([bucket, configuration]))
    .digest('hex')
    .slice(0, 32);
  return {
    id,
    event,
    prefix: filterValue(configuration, 'prefix', bucket),
    suffix: filterValue(configuration, 'suffix', bucket),
    targetArn: target,
  };
};

const eventsOverlap = (a: string, b: string): boolean =>
  a === b || (a.endsWith('*') && b.startsWith(a.slice(0, -1))) || (b.endsWith('*') && a.startsWith(b.slice(0, -1)));

const overlap = (a: Notification, b: Notification): boolean =>
  eventsOverlap(a.event, b.event) &&
  (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
  (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));

/**
 * Reads a bucket's `NotificationConfiguration`, its intrinsics already resolved.
 *
 * @throws {NotificationConfigurationError} for what S3 refuses, overlapping notifications among it.
 */
export const parseNotifications = (bucket: string, configuration: unknown): Notification[] => {
  const notifications = targets.flatMap(([list, targetKey]) =>
    asObjects(at(configuration, list)).map((one) => parseOne(one, bucket, targetKey)),
  );
  notifications.forEach((one, index) => {
    const other = notifications.slice(index + 1).find((candidate) => overlap(one, candidate));
    if (!other) return;
    throw new NotificationConfigurationError(
      `${bucket}: notifications overlap: ${one.event} on ${one.prefix}*${one.suffix} for ${one.targetArn}, and ` +
        `${other.event} on ${other.prefix}*${other.suffix} for ${other.targetArn}. An event goes to one target.`,
    );
  });
  return notifications;
};

/** Whether an event of this name (without `s3:`) on this key is what the notification asks for. */
export const isWanted = (notification: Notification, eventName: string, key: string): boolean =>
  eventsOverlap(notification.event, `s3:${eventName}`) &&
  key.startsWith(notification.prefix) &&
  key.endsWith(notification.suffix);
