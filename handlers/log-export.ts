import { createLogExport } from '../lib/container.ts';
import { parseExportStep } from '../lib/events/export-state.ts';

const logExport = createLogExport();

/** State `LogsExport` → starts the export task that `bucketCheck` decided on. Answers with what became of it. */
export const handler = async (event: unknown) => logExport(parseExportStep(event));
