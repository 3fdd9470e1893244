/** Every promise that an exploration watches, by the words with which the report of its breach begins. */
export const invariants = [
  'TWO RUNNERS',
  'TWO LIVE OWNERS',
  'A LATE BATON',
  'HOPS OVER THE BUDGET',
  'MESSAGE DELETED WITHOUT AN ANSWER',
  'READ WHAT HAS LEFT THE INBOX',
  'COMMITTED TWICE',
  'DOUBLED',
  'VERDICT UNDONE',
  'ATTEMPTS OVER THE LIMIT',
  'HEALTHY FILE POISONED',
  'OVERWRITTEN',
  'NEWER OBJECT DELETED',
  'DELETED WITHOUT A VERDICT',
  'DELETED BEFORE ITS ARCHIVE',
  'QUARANTINED WITHOUT A COPY',
  'WORK TWICE',
  'NOTICE TWICE',
  'TOLD UNDER TWO IDS',
  'MESSAGE STUCK',
  'STUCK',
  'LOST',
  'NOTICE NOT SENT',
  'NOBODY WAS TOLD',
] as const;
export type Invariant = (typeof invariants)[number];

/** The report of a breach: which promise, and of what. */
export const breach = (invariant: Invariant, of: string): string => `${invariant}: ${of}`;

/** Whether a report is of this promise. */
export const isBreachOf = (invariant: Invariant, report: string): boolean => report.startsWith(`${invariant}: `);
