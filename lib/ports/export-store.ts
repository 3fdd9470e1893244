import type { Arrived, ExportManifest } from '../domain/export-manifest.ts';

/** The bucket of exports. All throw {@link ServiceUnavailableError}, {@link AccessDeniedError}; no bucket is an {@link ExportRefusedError}. */
export type ExportStore = Readonly<{
  /** Whether a manifest stands under the key. */
  hasManifest(key: string): Promise<boolean>;
  /** Writes it unless one stands there: the first one counts. */
  writeManifest(key: string, manifest: ExportManifest): Promise<'written' | 'stood'>;
  /** Counts what a task wrote. */
  arrived(prefix: string, taskId: string): Promise<Arrived>;
}>;
