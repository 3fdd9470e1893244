import { UnstorableResultError } from './errors.ts';
import type { Metadata, Output } from './ledger-item.ts';
import type { Notice } from './notice.ts';

/** What a run of the actions leaves to be committed with `DONE`. */
export type Result = Readonly<{ metadata: Metadata; outputs: readonly Output[]; outbox: readonly Notice[] }>;

const maxResultBytes = 8 * 1024;
const maxDepth = 16;

/**
 * The result as the ledger can hold it: plain JSON of at most 8 KB, so that the commit stays one cheap conditional write.
 *
 * @throws {UnstorableResultError} too large, too deep, with an empty property name, or not JSON (a cycle, a BigInt)
 */
export const storableResult = (result: Result): Result => {
  let text: string;
  try {
    text = JSON.stringify(result);
  } catch (error) {
    throw new UnstorableResultError(`the actions returned what JSON cannot hold: ${String(error)}`, { cause: error });
  }
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxResultBytes) {
    throw new UnstorableResultError(
      `metadata, outputs and notices of a file may take ${String(maxResultBytes)} bytes together, these take ${String(bytes)}: ` +
        'write what is large as an output (file.writeOutput) and record its key',
    );
  }
  const plain = JSON.parse(text) as Result;
  refuseUnstorable(plain, 1);
  return plain;
};

/** DynamoDB nests 32 levels and takes no empty attribute name; refused here by name rather than there by number. */
const refuseUnstorable = (value: unknown, depth: number): void => {
  if (value === null || typeof value !== 'object') return;
  if (depth > maxDepth)
    throw new UnstorableResultError(`metadata may nest ${String(maxDepth)} levels, this nests more`);
  for (const [name, child] of Object.entries(value)) {
    if (name === '') throw new UnstorableResultError('metadata has a property whose name is empty');
    refuseUnstorable(child, depth + 1);
  }
};
