/** What an SDK client's middleware stack takes; typed by what is used of it. */
type Args = { input: Record<string, unknown> };
type Next = (args: Args) => Promise<{ output: Record<string, unknown> }>;
type Client = { middlewareStack: unknown };
type Stack = {
  add(
    middleware: (next: Next, context: { commandName?: string }) => Next,
    options: { step: 'initialize'; name: string },
  ): void;
};

const before = (
  { middlewareStack }: Client,
  name: string,
  change: (command: string, args: Args, next: Next) => ReturnType<Next>,
): void =>
  (middlewareStack as Stack).add(
    (next, { commandName = '' }) =>
      (args) =>
        change(commandName, args, next),
    {
      step: 'initialize',
      name,
    },
  );

/** Throttles the next call, all of the SDK's own retries included. Returns what asks for it. */
export const throttleOf = (client: Client): (() => void) => {
  let asked = false;
  before(client, 'throttle', (command, args, next) => {
    if (!asked) return next(args);
    asked = false;
    const error = new Error(`${command}: Rate exceeded`);
    throw Object.assign(error, { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
  });
  return () => void (asked = true);
};

const batches: ReadonlySet<string> = new Set([
  'SendMessageBatchCommand',
  'DeleteMessageBatchCommand',
  'ChangeMessageVisibilityBatchCommand',
]);

/** Has SQS accept the next batch but for its first entries, as it answers then: inside of a 200. */
export const refuseEntriesOf = (client: Client): ((entries: number) => void) => {
  let refusals = 0;
  before(client, 'refuseEntries', async (command, args, next) => {
    if (!batches.has(command) || refusals === 0) return next(args);
    const entries = args.input['Entries'] as { Id: string }[];
    const refused = entries.slice(0, refusals);
    refusals = 0;
    const answer = await next({ ...args, input: { ...args.input, Entries: entries.slice(refused.length) } });
    const Failed = refused.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
    return { ...answer, output: { ...answer.output, Failed } };
  });
  return (entries) => void (refusals = entries);
};

/** Has the next receive followed by a call that shows again what it took: to a reader, a message handed out twice at once. */
export const doubleReceivesOf = (client: Client, show: (handles: readonly string[]) => Promise<void>): (() => void) => {
  let asked = false;
  before(client, 'doubleReceives', async (command, args, next) => {
    const answer = await next(args);
    if (!asked || command !== 'ReceiveMessageCommand') return answer;
    asked = false;
    const { Messages = [] } = answer.output as { Messages?: readonly { ReceiptHandle: string }[] };
    await show(Messages.map(({ ReceiptHandle }) => ReceiptHandle));
    return answer;
  });
  return () => void (asked = true);
};

/** Whether a call of S3 changes something on condition of what stands there. */
const isConditionalWrite = (command: string, { IfMatch, IfNoneMatch }: Args['input']): boolean =>
  !/^(Get|Head)/.test(command) && (IfMatch ?? IfNoneMatch) !== undefined;

/** Has S3 answer the next conditional writes with 409, and change nothing. */
export const conflictsOf = (client: Client): ((times: number) => void) => {
  let left = 0;
  before(client, 'conflict', (command, args, next) => {
    if (!isConditionalWrite(command, args.input) || left === 0) return next(args);
    left -= 1;
    const error = new Error('A conflicting conditional operation is currently in progress against this resource.');
    throw Object.assign(error, { name: 'ConditionalRequestConflict', $metadata: { httpStatusCode: 409 } });
  });
  return (times) => void (left = times);
};

/** Has somebody else at the bucket between the two copies of the next refire. */
export const betweenCopiesOf = (client: Client): ((hand: () => Promise<unknown>) => void) => {
  let copies = 0;
  let hand: (() => Promise<unknown>) | undefined;
  before(client, 'betweenCopies', async (command, args, next) => {
    if (command === 'CopyObjectCommand' && hand !== undefined && (copies += 1) === 2) {
      await hand();
      hand = undefined;
    }
    return next(args);
  });
  return (wanted) => {
    [copies, hand] = [0, wanted];
  };
};

/** Has every listing and scan come in pages of three, and every batch of reads leave its second half unprocessed. */
export const inSmallPages = (client: Client): void =>
  before(client, 'smallPages', async (command, args, next) => {
    if (command === 'ListObjectsV2Command') return next({ ...args, input: { ...args.input, MaxKeys: 3 } });
    if (command === 'ScanCommand') return next({ ...args, input: { ...args.input, Limit: 3 } });
    if (command !== 'BatchGetItemCommand') return next(args);
    const [[table, { Keys }]] = Object.entries(args.input['RequestItems'] as Record<string, { Keys: unknown[] }>) as [
      [string, { Keys: unknown[] }],
    ];
    const half = Math.ceil(Keys.length / 2);
    const answer = await next({ ...args, input: { RequestItems: { [table]: { Keys: Keys.slice(0, half) } } } });
    const left = Keys.slice(half);
    return {
      ...answer,
      output: { ...answer.output, UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {} },
    };
  });
