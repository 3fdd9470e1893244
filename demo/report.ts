import { isClean, type Audit } from './audit.ts';

/** An audit, and how long the run took from start to end. */
export type Result = Audit & Readonly<{ seconds: number }>;

type Row = readonly [label: string, value: number, meaning: string];

const rows = (result: Result): readonly Row[] => [
  ['files', result.files, 'file versions that S3 acknowledged; each is in one of the next six lines'],
  ['done', result.done, 'processed, and out of the inbox'],
  ['superseded', result.superseded, 'replaced by their sender before they were read'],
  ['gone', result.gone, 'deleted by their sender before they were read'],
  ['quarantined', result.quarantined, 'given up; a person is told'],
  ['waiting', result.waiting, 'stand in the inbox'],
  ['lost', result.lost, 'nowhere'],
  ['found by the sweep', result.foundBySweep, 'done without their event'],
  ['longest wait', result.longestWaitSeconds, 'seconds from the put to done'],
  ['duplicates', result.duplicates, 'triggers refused: the file was done'],
  ['busy', result.busy, 'triggers refused: another run had the file'],
  ['effects doubled', result.effectsDoubled, 'files with two commits, outputs, copies or notices'],
  ['effects wrong', result.effectsWrong, 'files done with an effect missing or false'],
  ['ledger writes per file', result.ledgerWritesPerFile, 'two a file, and one more for its notice'],
  ['ledger writes of sweeper', result.sweeperWrites, 'it notes what it has sent'],
  ['ledger reads', result.ledgerReads, ''],
  ['dead letters', result.deadLetters, 'triggers that nobody could read or answer'],
  ['seconds', result.seconds, ''],
];

/** JSON for programs: what everyone asks for first, then the rest. */
export const formatJson = (result: Result): string => {
  const { files, done, duplicates, superseded, quarantined, waiting, lost, effectsDoubled, ...rest } = result;
  const { ledgerWritesPerFile, seconds, foundBySweep, longestWaitSeconds, ...more } = rest;
  const first = { files, done, duplicates, superseded, quarantined, waiting, lost, effectsDoubled };
  const second = { ledgerWritesPerFile, seconds, foundBySweep, longestWaitSeconds };
  return JSON.stringify({ ...first, ...second, ...more }, null, 2);
};

/** A table for people, with the verdict below it. */
export const formatTable = (result: Result, colours: boolean): string => {
  const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines = rows(result).map(([label, value, meaning]) => {
    const bad = value > 0 && ['lost', 'waiting', 'effects doubled', 'effects wrong'].includes(label);
    const number = String(value).padStart(8);
    return `  ${label.padEnd(24)} ${bad ? paint(31, number) : paint(1, number)}  ${paint(2, meaning)}`.trimEnd();
  });
  const problems = result.problems.slice(0, 20).map((problem) => `  ${problem}`);
  const more = result.problems.length > 20 ? [`  … and ${result.problems.length - 20} more`] : [];
  const verdict = isClean(result) ? paint(32, verdictOf(result)) : paint(31, verdictOf(result));
  return ['', ...lines, '', ...problems, ...more, verdict, ''].join('\n');
};

const verdictOf = (result: Result): string => {
  if (isClean(result)) return 'Nothing lost, nothing waiting, no effect doubled.';
  return `The promise is broken: ${result.problems.length} ${result.problems.length === 1 ? 'problem' : 'problems'}.`;
};
