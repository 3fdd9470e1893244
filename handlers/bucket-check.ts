import { createBucketCheck } from '../lib/container.ts';
import { parseExportTurn } from '../lib/events/export-state.ts';

const bucketCheck = createBucketCheck();

/** State `BucketCheck` → what comes next: `fin`, `wait`, or `step` with a task to create. */
export const handler = async (event: unknown) => bucketCheck(parseExportTurn(event));
