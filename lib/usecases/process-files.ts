import {
  DeadlineError,
  describeError,
  ForeignObjectError,
  PermanentError,
  UnansweredError,
  UnreadableEventError,
} from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { Via } from '../domain/ledger-item.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Dependencies } from './dependencies.ts';
import { inParallel } from './in-parallel.ts';
import { processFile } from './process-file.ts';

/** The files of one event, and what of it could not be read. */
export type Batch = Readonly<{
  files: readonly FileVersion[];
  unreadable: readonly Error[];
  via: Via;
  /** Epoch ms by which every answer must be recorded. */
  deadlineAt: number;
}>;

/** What became of each file of the event. */
export type Answered = Readonly<{ fileId: string; outcome: Outcome }>;

/**
 * Processes every file of an event, a few at a time. One bad record or one failing file never holds up the others.
 * @throws {UnansweredError} {@link UnreadableEventError} after all the rest is done, naming each record that got no answer
 *   and why; the latter when a retry can help none of them
 */
export const processFiles = async (dependencies: Dependencies, batch: Batch): Promise<readonly Answered[]> => {
  const { settings, clock, log } = dependencies;
  const answered: Answered[] = [];
  const failures: Error[] = [...batch.unreadable];

  await inParallel(batch.files, settings.concurrency, async (file) => {
    try {
      if (clock.now() >= batch.deadlineAt) throw new DeadlineError(`no time was left to begin ${file.id}`);
      refuseForeign(file, settings.inboxBucket, settings.inboxPrefix);
      const outcome = await processFile(dependencies, { file, via: batch.via, deadlineAt: batch.deadlineAt });
      answered.push({ fileId: file.id, outcome });
    } catch (error) {
      log.error('file got no answer', { fileId: file.id, error: describeError(error) });
      failures.push(Error.isError(error) ? error : new Error(String(error)));
    }
  });

  if (batch.files.length + batch.unreadable.length === 0) {
    log.info('event without a file, as the one by which S3 tests a new notification', { via: batch.via });
  }
  for (const failure of batch.unreadable) log.error('record could not be read', { error: describeError(failure) });
  const [first] = failures;
  if (failures.length === 1 && first !== undefined) throw first;
  if (first !== undefined) {
    const total = batch.files.length + batch.unreadable.length;
    const reasons = failures.slice(0, 3).map(describeError).join('; ');
    const said = `${String(failures.length)} of ${String(total)} records got no answer: ${reasons}`;
    // Where none of them ever will, the event need not come again.
    if (failures.every((failure) => failure instanceof PermanentError)) throw new UnreadableEventError(said);
    throw new UnansweredError(said);
  }
  return answered;
};

const refuseForeign = (file: FileVersion, bucket: string, prefix: string): void => {
  if (file.bucket !== bucket) {
    throw new ForeignObjectError(`${file.id} is in bucket ${file.bucket}; this stage's inbox is ${bucket}`);
  }
  if (!file.key.startsWith(prefix)) {
    throw new ForeignObjectError(`${file.id} is outside of ${prefix}; only files under it are processed`);
  }
};
