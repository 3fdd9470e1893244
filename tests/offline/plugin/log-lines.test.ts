import { formatLogLine } from '../../../offline/framework/log-lines.ts';

const format = (line: string, colours = false): string | undefined =>
  formatLogLine({ functionKey: 'processor', requestId: '11112222-3333-4444-5555-666677778888', line }, colours);
const structured = (fields: Record<string, unknown>): string =>
  `2026-11-22T10:00:00.000Z\tid\tINFO\t${JSON.stringify({ level: 'info', message: 'file answered', ...fields })}`;

describe('a log line at the terminal', () => {
  it('about the answer of a file is outcome, key and time, aligned', () => {
    const fields = { fileId: 's3://inbox/incoming/a b.txt#e-1', key: 'incoming/a b.txt', durationMs: 12, attempts: 1 };
    expect(format(structured({ ...fields, outcome: 'done' }))).toBe(
      'processor 11112222  ✔ done        incoming/a b.txt  12 ms',
    );
    expect(format(structured({ ...fields, outcome: 'retry', attempts: 2, lastError: 'Error: no' }))).toBe(
      'processor 11112222  ↻ retry       incoming/a b.txt  12 ms · attempt 2 · Error: no',
    );
    expect(format(structured({ ...fields, outcome: 'throttled' }))).toMatch(
      /^processor 11112222 {2}↻ throttled +incoming/,
    );
    expect(format(structured({ ...fields, outcome: 'done', finished: false }))).toContain('not carried out yet');
  });

  it('of any other structured message keeps its fields', () => {
    expect(format(structured({ message: 'file indexed', fileId: 'id', contentType: 'text/plain' }))).toBe(
      'processor 11112222  · file indexed  {"fileId":"id","contentType":"text/plain"}',
    );
  });

  it('about a run of the sweeper or the relay tells what it did, and how it ended where that is not the usual way', () => {
    const sweep = { message: 'sweep ended', outcome: 'finished', listed: 9, foundBySweep: 3, finishedBySweep: 1 };
    expect(format(structured(sweep))).toBe('processor 11112222  sweep  found 3 · finished 1');
    const drain = { message: 'drain ended', received: 10, answered: 9, unanswered: 1 };
    expect(format(structured({ ...drain, outcome: 'finished' }))).toContain('drain  received 10 · answered 9 · un');
    expect(format(structured({ ...drain, outcome: 'handed-on' }))).toContain('unanswered 1 · handed-on');
    expect(format(structured({ message: 'drain ended', received: 0, outcome: 'paused' }))).toContain('drain  paused');
  });

  it('of a metric is left out', () => {
    expect(format('{"_aws":{"Timestamp":1},"stage":"local","files":1}')).toBeUndefined();
  });

  it('about a run that found nothing to do is left out', () => {
    const nothing = { received: 0, answered: 0, unanswered: 0 };
    for (const outcome of ['finished', 'not-mine']) {
      expect(format(structured({ message: 'drain ended', outcome, ...nothing }))).toBeUndefined();
      expect(format(structured({ message: 'sweep ended', outcome, listed: 7, foundBySweep: 0 }))).toBeUndefined();
    }
    expect(format(structured({ message: 'lane ended', lane: 'lane/drain', outcome: 'finished' }))).toBeUndefined();
    expect(format(structured({ message: 'lane is not free', lane: 'lane/drain' }))).toBeUndefined();
  });

  it('that is not structured is shown as it was said, with its level when it is not INFO', () => {
    expect(format('2026-11-22T10:00:00.000Z\tid\tINFO\thello')).toBe('processor 11112222  hello');
    expect(format('2026-11-22T10:00:00.000Z\tid\tERROR\tone\rtwo')).toBe('processor 11112222  ERROR one\ntwo');
    expect(format('written raw')).toBe('processor 11112222  written raw');
    expect(format('2026-11-22T10:00:00.000Z\tid\tINFO\t{"level":broken')).toBe('processor 11112222  {"level":broken');
  });

  it('of Lambda itself is left out', () => {
    for (const word of ['START', 'END', 'REPORT']) expect(format(`${word} RequestId: 1`)).toBeUndefined();
  });

  it('is coloured only where colours are wanted', () => {
    const line = structured({ key: 'incoming/a', outcome: 'poison' });
    expect(format(line)).not.toContain('\u001b');
    expect(format(line, true)).toContain('\u001b[31m✘ poison');
  });
});
