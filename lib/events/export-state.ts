import { LimitExceededException, RangeRefusedError, UnreadableEventError } from '../domain/errors.ts';
import type { ExportStep, ExportTurn, RefusedMonth } from '../domain/export-state.ts';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** The state of an execution takes 256 KB. */
const longestMessage = 300;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * Reads what the state machine gives to `BucketCheck`: the state so far (whatever the execution was started with has no
 * `loop`, and begins at 0) and the start of the execution. A month whose task was refused comes as the machine caught it:
 * the step that failed, with the error in `export`.
 * @throws {UnreadableEventError}
 */
export const parseExportTurn = (event: unknown): ExportTurn => {
  const { state, startedAt } = fieldsOf(event);
  const { loop = 0, waits = 0, refused = [] } = fieldsOf(state);
  const started = Date.parse(String(startedAt));
  if (isCount(loop) && isCount(waits) && Array.isArray(refused) && !Number.isNaN(started)) {
    return {
      loop: loop + (isLimited(fieldsOf(state)) ? 1 : 0),
      waits,
      refused: [...(refused as RefusedMonth[]), ...caughtOf(fieldsOf(state))],
      startedAt: started,
    };
  }
  throw new UnreadableEventError(
    'bucketCheck takes {"state": {"loop": whole number}, "startedAt": ISO 8601}: start the state machine, which gives it',
  );
};

/** A create that was refused and tried again costs as much of the execution's history as two turns. */
const isLimited = ({ export: caught }: Fields): boolean => fieldsOf(caught)['Error'] === LimitExceededException.name;

const caughtOf = ({ group, month, export: caught }: Fields): readonly RefusedMonth[] => {
  const { Error: name, Cause: cause } = fieldsOf(caught);
  if (name !== RangeRefusedError.name || typeof group !== 'string' || typeof month !== 'string') return [];
  return [{ group, month, message: messageOf(String(cause)).slice(0, longestMessage) }];
};

/** Lambda gives a cause as JSON. */
const messageOf = (cause: string): string => {
  try {
    const { errorMessage } = fieldsOf(JSON.parse(cause));
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
};

/**
 * Reads what `bucketCheck` decided.
 * @throws {UnreadableEventError}
 */
export const parseExportStep = (event: unknown): ExportStep => {
  const { group, month, task } = fieldsOf(event);
  const { name, from, to, prefix, group: ofTask } = fieldsOf(task);
  const texts = [group, month, name, prefix, ofTask];
  if (texts.every((text) => typeof text === 'string') && Number.isSafeInteger(from) && Number.isSafeInteger(to)) {
    const [groupName, ofMonth, taskName, taskPrefix] = texts as [string, string, string, string];
    return {
      group: groupName,
      month: ofMonth,
      task: { name: taskName, group: groupName, prefix: taskPrefix, from: Number(from), to: Number(to) },
    };
  }
  throw new UnreadableEventError('logExport takes what bucketCheck answered: start the state machine, which gives it');
};
