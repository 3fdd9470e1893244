import type { ObjectEvent } from '../contracts.ts';
import type { FaultMade } from '../faults/fault-log.ts';
import { isWanted } from './configuration.ts';
import type { Notification } from './configuration.ts';
import { createDeliveryLine } from './delivery-line.ts';
import { eventMessage } from './event-record.ts';
import type { DrawEvent } from './delivery-plan.ts';

/** What became of the events that some notification asked for. */
export type NotificationStatus = Readonly<{
  /** Events that matched a notification. */
  put: number;
  /** Deliveries made, a doubled event counting twice. */
  delivered: number;
  lost: number;
  doubled: number;
  /** Deliveries that wait for their time. */
  pending: number;
}>;

/** Takes object events and delivers them as the buckets' notifications say. */
export type Notifier = Readonly<{
  configure(bucket: string, notifications: readonly Notification[]): void;
  /** Never throws: a write must not fail because of who is told of it. */
  notify(event: ObjectEvent): void;
  status(): NotificationStatus;
  close(): void;
}>;

export type NotifierOptions = Readonly<{
  /** What becomes of an event, by the faults that stand when it is put. */
  draw: DrawEvent;
  onFault: (fault: Pick<FaultMade, 'fault' | 'text' | 'occurrence'>) => void;
  /** Hands a message to a function, queue or topic. */
  deliver: (targetArn: string, message: string) => Promise<void>;
  /** One line for each delivery that failed. */
  log: (line: string) => void;
}>;

const describeDelay = (what: string, delayMs: number, inOrder: boolean): Pick<FaultMade, 'fault' | 'text'> =>
  inOrder
    ? { fault: 'delay', text: `delayed ${what} by ${delayMs} ms` }
    : { fault: 'reorder', text: `reordered ${what}: after ${delayMs} ms, whoever is before it` };

/** Creates the notifier. What waits here is lost when the process is killed, as an event may be lost on AWS. */
export const createNotifier = (options: NotifierOptions): Notifier => {
  const notificationsOf = new Map<string, readonly Notification[]>();
  const line = createDeliveryLine();
  const count = { put: 0, delivered: 0, lost: 0, doubled: 0 };

  const deliver = (targetArn: string, message: string, object: string): void => {
    options.deliver(targetArn, message).then(
      () => {
        count.delivered += 1;
      },
      (error: unknown) => options.log(`The event of ${object} did not reach ${targetArn}: ${String(error)}`),
    );
  };

  const send = (event: ObjectEvent, notification: Notification): void => {
    const object = `s3://${event.bucket}/${event.key}`;
    const { occurrence, plan, inOrder } = options.draw(object);
    count.put += 1;
    const what = `${event.eventName} of ${object} (event ${occurrence} of this object)`;
    if (plan.length === 0) {
      count.lost += 1;
      options.onFault({ fault: 'lose', text: `lost ${what}`, occurrence });
    }
    if (plan.length === 2) {
      count.doubled += 1;
      options.onFault({ fault: 'double', text: `doubled ${what}`, occurrence });
    }
    const message = eventMessage(event, notification.id);
    for (const delayMs of plan) {
      if (delayMs > 0) options.onFault({ ...describeDelay(what, delayMs, inOrder), occurrence });
      line.add(delayMs, inOrder, () => deliver(notification.targetArn, message, object));
    }
  };

  return {
    configure: (bucket, notifications) => void notificationsOf.set(bucket, notifications),
    notify: (event) => {
      for (const notification of notificationsOf.get(event.bucket) ?? []) {
        if (isWanted(notification, event.eventName, event.key)) send(event, notification);
      }
    },
    status: () => ({ ...count, pending: line.waiting() }),
    close: () => line.close(),
  };
};
