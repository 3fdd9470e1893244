import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { parseQueueMessage } from '../../lib/events/queue-message.ts';
import type { StageNames } from '../stage/stage-names.ts';

/**
 * The notification in a dead letter: the message itself, or, in what Lambda keeps of an asynchronous event that failed,
 * the event that it was invoked with. Where there is none, a text says why.
 */
const readLetter = (body: string): { notification: string; ids: string[] } | string => {
  try {
    const letter = JSON.parse(body) as { requestPayload?: unknown };
    const notification = letter.requestPayload === undefined ? body : JSON.stringify(letter.requestPayload);
    const { files, unreadable } = parseQueueMessage(notification);
    const [first] = unreadable;
    if (files.length === 0 && first !== undefined) return first.message;
    return { notification, ids: files.map(({ id }) => id) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Shows messages again at once, ten a call. One whose minute is over by then is back already: its entry alone fails. */
const putBack = async (
  client: SQSClient,
  QueueUrl: string | undefined,
  handles: readonly (string | undefined)[],
): Promise<void> => {
  for (let first = 0; first < handles.length; first += 10) {
    const Entries = handles
      .slice(first, first + 10)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
};

/**
 * Sends what can be read from the dead-letter queue back to the work queue, then deletes it: doubled at worst, never
 * lost. What cannot be read stays, and is shown.
 */
export const replayDeadLetters = async (
  client: SQSClient,
  names: StageNames,
  { dryRun }: { dryRun: boolean },
): Promise<number> => {
  const [from, to] = await Promise.all(
    [names.workDlq, names.workQueue].map(
      async (QueueName) => (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl,
    ),
  );
  const seen = new Set<string>();
  const staying: (string | undefined)[] = [];
  let unreadable = 0;
  for (;;) {
    const { Messages = [] } = await client.send(
      // Out of sight for a minute, so that one pass meets each once; what stays is put back after it.
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, VisibilityTimeout: 60 }),
    );
    const fresh = Messages.filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (fresh.length === 0) break;
    for (const { MessageId = '', Body = '', ReceiptHandle } of fresh) {
      seen.add(MessageId);
      const read = readLetter(Body);
      if (typeof read === 'string') {
        unreadable += 1;
        staying.push(ReceiptHandle);
        console.log(`unreadable  ${MessageId}  ${read}`);
        continue;
      }
      console.log(`${dryRun ? 'would send' : 'sent'}  ${MessageId}  ${read.ids.join(', ') || 'no file'}`);
      if (dryRun) {
        staying.push(ReceiptHandle);
        continue;
      }
      await client.send(new SendMessageCommand({ QueueUrl: to, MessageBody: read.notification }));
      await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
    }
  }
  await putBack(client, from, staying);
  console.log(`${String(seen.size)} messages in ${names.workDlq}, ${String(unreadable)} unreadable`);
  return unreadable === 0 ? 0 : 1;
};
