import { UnreadableEventError } from '../domain/errors.ts';
import type { ExportStep, ExportTurn } from '../domain/export-state.ts';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/**
 * Reads what the state machine gives to `BucketCheck`: the state so far (whatever the execution was started with has no
 * `loop`, and begins at 0) and the start of the execution.
 * @throws {UnreadableEventError}
 */
export const parseExportTurn = (event: unknown): ExportTurn => {
  const { state, startedAt } = fieldsOf(event);
  const { loop = 0, waits = 0 } = fieldsOf(state);
  const started = Date.parse(String(startedAt));
  if (isCount(loop) && isCount(waits) && !Number.isNaN(started)) return { loop, waits, startedAt: started };
  throw new UnreadableEventError(
    'bucketCheck takes {"state": {"loop": whole number}, "startedAt": ISO 8601}: start the state machine, which gives it',
  );
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
