import { audit } from '../../../demo/audit.ts';
import { formatJson, formatTable } from '../../../demo/report.ts';
import { makeFacts, makeHappy, makeSent, makeVersion } from './make-facts.ts';

const clean = { ...audit(makeHappy(makeVersion('a.txt'))), seconds: 1.5 };
const broken = { ...audit(makeFacts({ sent: [makeSent(makeVersion('a.txt'))] })), seconds: 1.5 };

describe('the report', () => {
  it('is JSON whose first keys are the promised ones', () => {
    expect(Object.keys(JSON.parse(formatJson(clean)) as object).slice(0, 12)).toEqual([
      'files',
      'done',
      'duplicates',
      'superseded',
      'quarantined',
      'waiting',
      'lost',
      'effectsDoubled',
      'ledgerWritesPerFile',
      'seconds',
      'foundBySweep',
      'longestWaitSeconds',
    ]);
  });

  it('ends with a verdict, and names the files that break it', () => {
    expect(formatTable(clean, false)).toMatch(/Nothing lost, nothing waiting, no effect doubled\.\n$/);
    expect(formatTable(broken, false)).toMatch(/lost: .*incoming\/a\.txt.*\nThe promise is broken: 1 problems?\.\n$/);
  });

  it('has colours only where they are wanted, and aligns its numbers without them', () => {
    expect(formatTable(clean, true)).toContain('\u001b[32m');
    const text = formatTable(clean, false);
    expect(text).not.toContain('\u001b');
    const ends = text
      .split('\n')
      .filter((line) => /^ {2}[a-z]/.test(line))
      .map((line) => /^ {2}\D+[\d.]+/.exec(line)?.[0].length);
    expect(new Set(ends).size).toBe(1);
  });
});
