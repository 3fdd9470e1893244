import { refusedBy } from './refused-by.ts';

/** SQS takes one to ten entries a batch. */
export const refuseBatchSize = (entries: readonly unknown[]): void => {
  if (entries.length === 0) throw refusedBy('SQS', 'EmptyBatchRequest', 'there are no entries in the batch');
  if (entries.length > 10) {
    throw refusedBy('SQS', 'TooManyEntriesInBatchRequest', `${String(entries.length)} entries, at most 10`);
  }
};

/** SQS takes whole seconds up to a quarter of an hour. */
export const refuseDelay = (delaySeconds: number): void => {
  if (Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= 900) return;
  throw refusedBy('SQS', 'InvalidParameterValue', `DelaySeconds is ${String(delaySeconds)}, not 0 to 900`);
};
