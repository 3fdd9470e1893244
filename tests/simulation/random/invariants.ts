/** Every promise that a simulated storm is watched for, by the words with which the report of its breach begins. */
export const invariants = [
  'TAKEN OVER UNDER A LEASE',
  'TWO OWNERS',
  'ATTEMPTS OVER THE LIMIT',
  'A HEALTHY FILE POISONED',
  'COMMITTED BY ANOTHER',
  'COMMITTED TWICE',
  'ANOTHER OBJECT DELETED',
  'DELETED WITHOUT A VERDICT',
  'DELETED BEFORE ITS COPY',
  'STUCK',
  'LOST',
  'NOTICE NOT SENT',
  'TOLD UNDER TOO MANY IDS',
  'DONE AND NOT TOLD',
  'DONE WITHOUT ITS OUTPUT',
  'QUARANTINED AND NOT ANNOUNCED',
  'NEVER FORGOTTEN',
  'A MISTAKE',
] as const;
export type Invariant = (typeof invariants)[number];

/** The report of a breach: which promise, and of what. */
export const breach = (invariant: Invariant, of: string): string => `${invariant}: ${of}`;
