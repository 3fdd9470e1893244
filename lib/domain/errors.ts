/**
 * Everything Everyfile throws on purpose is one of two kinds, and the kind says whether a retry can help.
 * The class names are a contract: they stand in the ledger's `lastError`, in logs, and in Step Functions' `ErrorEquals`.
 */

/** A retry cannot help: the file goes to quarantine at once and a person is told. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}

/** A retry may help: the attempt counts, and the file is tried again after a back-off. */
export class TransientError extends Error {
  override name = 'TransientError';
}

/**
 * One of our own calls to AWS was throttled, timed out or answered 5xx. It says nothing about the file,
 * so it spends no attempt (for at most a day).
 */
export class ServiceUnavailableError extends TransientError {
  override name = 'ServiceUnavailableError';
}

/** AWS refused a call for want of permission: the stack is wrong, not the file. Spends no attempt (for at most a day). */
export class AccessDeniedError extends TransientError {
  override name = 'AccessDeniedError';
}

/** Thrown at cold start when a variable is missing or malformed; names the variable and what is expected. */
export class ConfigurationError extends PermanentError {
  override name = 'ConfigurationError';
}

/** An event that no S3 bucket of ours can have sent; names what was found instead. */
export class UnreadableEventError extends PermanentError {
  override name = 'UnreadableEventError';
}

/** Another object stands under the key now: 412 at a pinned read. Not a failure: a note in the ledger. */
export class SupersededError extends TransientError {
  override name = 'SupersededError';
}

/** No object stands under the key now: 404 at a read. Not a failure: a note in the ledger. */
export class GoneError extends TransientError {
  override name = 'GoneError';
}

/** The lease ended or was taken over while the action ran; whoever holds it now decides about the file. */
export class LeaseLostError extends TransientError {
  override name = 'LeaseLostError';
}

/** The action ran longer than its rule's `maxRunSeconds`. Counts as an attempt. */
export class ActionTimeoutError extends TransientError {
  override name = 'ActionTimeoutError';
}

/** No rule in `lib/rules.ts` matches the key. */
export class NoRuleError extends PermanentError {
  override name = 'NoRuleError';
}

/** What the actions returned cannot be recorded: too large, too deep, or not JSON. */
export class UnstorableResultError extends PermanentError {
  override name = 'UnstorableResultError';
}

/** The time left to this invocation was over before every file of its event had been looked at. */
export class DeadlineError extends TransientError {
  override name = 'DeadlineError';
}

/** An event named an object outside of the inbox: a notification wired to the wrong bucket or prefix. */
export class ForeignObjectError extends PermanentError {
  override name = 'ForeignObjectError';
}

/** The function died or was cut off at every attempt: nobody was left to say why. */
export class CrashError extends TransientError {
  override name = 'CrashError';
}

/** Some files of an event got no answer that the ledger holds, so the event must come again. */
export class UnansweredError extends TransientError {
  override name = 'UnansweredError';
}

/**
 * Another export task has the account's one slot: a wait, not a failure. Named as AWS names it, because the state machine
 * retries it by that name.
 */
export class LimitExceededException extends TransientError {
  override name = 'LimitExceededException';
}

/** CloudWatch Logs does not take any export: the bucket is missing, or its policy. Says what to mend. */
export class ExportRefusedError extends PermanentError {
  override name = 'ExportRefusedError';
}

/**
 * CloudWatch Logs does not take this export, for a reason that lies in the group or the range. Others may be taken. The
 * state machine catches it by its name.
 */
export class RangeRefusedError extends PermanentError {
  override name = 'RangeRefusedError';
}

/** Months that could not be exported in this execution, each with what CloudWatch Logs said. The next one tries again. */
export class ExportGivenUpError extends PermanentError {
  override name = 'ExportGivenUpError';
}

const maxErrorBytes = 256;

/** `Name: message` in at most 256 bytes, for the ledger: an item must stay under 1 KB. */
export const describeError = (error: unknown): string => {
  const text = Error.isError(error) ? `${error.name}: ${error.message}` : `Error: ${String(error)}`;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxErrorBytes) return text;
  // A cut inside a character decodes to U+FFFD, which is dropped with the cut.
  return new TextDecoder().decode(bytes.subarray(0, maxErrorBytes - 3)).replace(/\uFFFD+$/, '') + '…';
};
