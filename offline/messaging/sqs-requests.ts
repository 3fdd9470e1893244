import { fieldsOf, parseFields, type Fields } from '../endpoint/json-input.ts';
import { complaintOf } from './message-complaint.ts';
import { RequestError, type Complaint } from './request-error.ts';

/** A request as fauxqs is to get it, and what its answer still lacks. */
export type Prepared = Readonly<{ body: string; amend?: (answer: string) => string }>;

/** Whether there is a queue of this ARN. */
export type HasQueue = (arn: string) => boolean;

type Prepare = (input: Fields, hasQueue: HasQueue) => Omit<Prepared, 'body'> & Readonly<{ input?: Fields }>;
type Entry = Fields & Readonly<{ Id?: string }>;

/** fauxqs's handles are UUIDs. One that was valid once and is not any more is taken, as on AWS. */
const handle = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

const complaintOfHandle = ({ ReceiptHandle }: Fields): Complaint | undefined => {
  // One that is missing is fauxqs's to refuse.
  if (typeof ReceiptHandle !== 'string' || ReceiptHandle === '' || handle.test(ReceiptHandle)) return undefined;
  const message = `The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`;
  return { code: 'ReceiptHandleIsInvalid', message };
};

const refuseWhere = (complain: (input: Fields) => Complaint | undefined): Prepare => {
  return (input) => {
    const complaint = complain(input);
    if (complaint) throw new RequestError(complaint);
    return {};
  };
};

const complaintsOf = (
  { Entries }: Fields,
  complain: (entry: Entry) => Complaint | undefined,
): ReadonlyMap<Entry, Complaint> => {
  const entries = Array.isArray(Entries) ? (Entries as Entry[]) : [];
  return new Map(
    entries.flatMap((entry) => {
      const complaint = complain(fieldsOf(entry));
      return complaint ? [[entry, complaint] as const] : [];
    }),
  );
};

/** Has the answer to a batch say of these entries that they failed, whatever fauxqs made of them. */
const failing = (complaints: ReadonlyMap<Entry, Complaint>): Omit<Prepared, 'body'> => {
  if (complaints.size === 0) return {};
  const failed = [...complaints].map(([{ Id }, { code, message }]) => ({
    Id,
    SenderFault: true,
    Code: code,
    Message: message,
  }));
  const ids = new Set(failed.map(({ Id }) => Id));
  const others = (entries: unknown): Entry[] => (entries as Entry[]).filter(({ Id }) => !ids.has(Id));
  return {
    amend: (answer) => {
      const { Successful, Failed, ...rest } = parseFields(answer);
      // The batch was refused as a whole.
      if (!Array.isArray(Successful)) return answer;
      return JSON.stringify({ ...rest, Successful: others(Successful), Failed: [...others(Failed ?? []), ...failed] });
    },
  };
};

/** A body that fauxqs refuses for its character. */
const refusedBody = '\u0000';

/** An entry that must not be sent keeps its place in what fauxqs judges of the batch, by a body that fails there too. */
const prepareSendBatch: Prepare = (input) => {
  const complaints = complaintsOf(input, complaintOf);
  if (complaints.size === 0) return {};
  const Entries = (input['Entries'] as Entry[]).map((entry) =>
    complaints.has(entry) ? { Id: entry.Id, MessageBody: refusedBody } : entry,
  );
  return { input: { ...input, Entries }, ...failing(complaints) };
};

const complaintOfName = ({ QueueName }: Fields): Complaint | undefined => {
  if (typeof QueueName !== 'string' || (QueueName.length <= 80 && /^[\w-]+(?:\.fifo)?$/.test(QueueName)))
    return undefined;
  const message = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
  return { code: 'InvalidParameterValue', message };
};

/** Requests of clients alone: the queues of a template are made in any order, and may name one that is still to come. */
const refuseUnknownTarget: Prepare = ({ Attributes }, hasQueue) => {
  const policy = fieldsOf(Attributes)['RedrivePolicy'];
  if (typeof policy !== 'string' || policy === '') return {};
  const target = parseFields(policy)['deadLetterTargetArn'];
  if (typeof target === 'string' && hasQueue(target)) return {};
  const message = `Value ${policy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`;
  throw new RequestError({ code: 'InvalidParameterValue', message });
};

const preparations: Readonly<Record<string, Prepare>> = {
  SendMessage: refuseWhere(complaintOf),
  SendMessageBatch: prepareSendBatch,
  DeleteMessage: refuseWhere(complaintOfHandle),
  // fauxqs deletes nothing by such a handle, and says that it did.
  DeleteMessageBatch: (input) => failing(complaintsOf(input, complaintOfHandle)),
  ChangeMessageVisibility: refuseWhere(complaintOfHandle),
  ChangeMessageVisibilityBatch: (input) => failing(complaintsOf(input, complaintOfHandle)),
  CreateQueue: (input, hasQueue) => {
    refuseWhere(complaintOfName)(input, hasQueue);
    return refuseUnknownTarget(input, hasQueue);
  },
  SetQueueAttributes: refuseUnknownTarget,
};

/**
 * Refuses what AWS refuses and fauxqs takes, by the request or, in a batch, by the entry.
 *
 * @throws {RequestError} when AWS would refuse the whole request
 */
export const prepareSqsRequest = (operation: string, body: string, hasQueue: HasQueue): Prepared => {
  const prepare = Object.hasOwn(preparations, operation) ? preparations[operation] : undefined;
  if (!prepare) return { body };
  const { input, ...rest } = prepare(parseFields(body), hasQueue);
  return { body: input ? JSON.stringify(input) : body, ...rest };
};
