import type { FileVersion } from '../domain/file-version.ts';

/** A file in quarantine, as its `reason.json` tells of it. */
export type QuarantinedFile = Readonly<{
  file: FileVersion;
  /** Why: `Name: message` of the last error. */
  reason: string;
  attempts: number;
  /** ISO 8601. */
  quarantinedAt: string;
}>;

/** What waits for a person. For an operator's tools: no function lists it. */
export type Quarantine = Readonly<{
  list(): Promise<readonly QuarantinedFile[]>;
  /**
   * Copies the file back to where it came from, onto nothing: `occupied` when something stands there, `absent` when
   * the copy in quarantine is gone. The copy in quarantine is never deleted.
   */
  restore(file: FileVersion): Promise<'restored' | 'occupied' | 'absent'>;
}>;
