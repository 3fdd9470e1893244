import type { DatabaseSync } from 'node:sqlite';
import { queueUrl, localRegion } from '../resources/physical-names.ts';

/**
 * fauxqs without its own server, which would listen on every address of the machine: its application answers requests
 * in process. Its package exports only that server and the application, so the stores are imported by their files.
 * What is put right here is what AWS does and fauxqs 2.4 does not; each correction has a test.
 */

type Queue = {
  name: string;
  url: string;
  persistence: Persistence | undefined;
  dequeue: (this: Queue, ...rest: unknown[]) => unknown;
};

type QueueStore = {
  region: string;
  persistence: Persistence;
  queues: Map<string, Queue>;
  allQueues(): Iterable<Queue>;
  getQueueByArn(arn: string): Queue | undefined;
  buildQueueUrl: (queueName: string) => string;
  shutdown(): void;
};

type TopicStore = { region: string; persistence: Persistence };

type Persistence = {
  db: DatabaseSync;
  loadSqsAndSns(queues: QueueStore, topics: TopicStore): void;
  updateMessageReady: (messageId: string) => void;
  transaction(work: () => void): void;
  close(): void;
};

type Application = {
  inject(request: {
    method: 'POST';
    url: string;
    headers: Readonly<Record<string, string>>;
    payload: string;
  }): Promise<{ statusCode: number; payload: string }>;
  close(): Promise<void>;
};

const importFile = (path: string): Promise<unknown> => import(new URL(path, import.meta.resolve('fauxqs')).href);

/** AWS allows all of XML's characters; fauxqs's own expression refuses those above U+FFFF, emoji among them. */

const refusedCharacter = /[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const correctMessageCharacters = async (): Promise<void> => {
  const { INVALID_MESSAGE_BODY_CHAR } = (await importFile('./sqs/sqsTypes.js')) as {
    INVALID_MESSAGE_BODY_CHAR: RegExp;
  };
  INVALID_MESSAGE_BODY_CHAR.test = (body) => refusedCharacter.test(body);
};

/** Moving a message to its dead-letter queue deletes and inserts: one transaction, or a kill between them loses it. */
const receiveInTransaction = (queueClass: { prototype: Queue }): void => {
  const dequeue = queueClass.prototype.dequeue;
  queueClass.prototype.dequeue = function (...rest) {
    let received: unknown;
    const receive = (): void => {
      received = dequeue.apply(this, rest);
    };
    if (this.persistence) this.persistence.transaction(receive);
    else receive();
    return received;
  };
};

/** fauxqs writes a null receive count when a message is made visible at once, which its own schema refuses. */
const correctVisibility = (persistence: Persistence): void => {
  const update = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => void update.run(messageId);
};

/** Queues are kept with the URL of the run that made them; this run may be on another port. */
const moveQueues = (queues: QueueStore, endpoint: string): void => {
  for (const queue of queues.allQueues()) queue.url = queueUrl(endpoint, queue.name);
  queues.queues = new Map([...queues.allQueues()].map((queue) => [queue.url, queue]));
};

let correctedOnce: Promise<unknown> | undefined;

const loadClasses = async () => {
  const sqs = (await importFile('./sqs/sqsStore.js')) as {
    SqsStore: new () => QueueStore;
    SqsQueue: { prototype: Queue };
  };
  const sns = (await importFile('./sns/snsStore.js')) as { SnsStore: new () => TopicStore };
  const kept = (await importFile('./persistence.js')) as { PersistenceManager: new (folder: string) => Persistence };
  correctedOnce ??= correctMessageCharacters().then(() => receiveInTransaction(sqs.SqsQueue));
  await correctedOnce;
  return { ...sqs, ...sns, ...kept };
};

/** The application, and how to end it: waiting receivers first, the database last. */
export type Fauxqs = Readonly<{
  inject: Application['inject'];
  hasQueue(arn: string): boolean;
  endReceives(): void;
  close(): Promise<void>;
}>;

/** Opens the queues and topics that are kept under `directory`; queue URLs begin with `endpoint`. */
export const openFauxqs = async (directory: string, endpoint: string): Promise<Fauxqs> => {
  const { buildApp } = (await import('fauxqs')) as unknown as { buildApp: (options: unknown) => Application };
  const { SqsStore, SnsStore, PersistenceManager } = await loadClasses();
  const sqsStore = new SqsStore();
  const snsStore = new SnsStore();
  const persistence = new PersistenceManager(directory);
  // A kill of this process loses nothing that is written; only a failing machine could, and that is not promised.
  persistence.db.exec('PRAGMA synchronous = NORMAL');
  correctVisibility(persistence);

  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.region = localRegion;
  snsStore.region = localRegion;
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  sqsStore.buildQueueUrl = (queueName) => queueUrl(endpoint, queueName);
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
  moveQueues(sqsStore, endpoint);

  const application = buildApp({ logger: false, defaultRegion: localRegion, stores: { sqsStore, snsStore } });
  return {
    inject: (request) => application.inject(request),
    hasQueue: (arn) => sqsStore.getQueueByArn(arn) !== undefined,
    endReceives: () => sqsStore.shutdown(),
    close: async () => {
      await application.close();
      persistence.close();
    },
  };
};
