import { plotSvg, ticks } from '../../../demo/plot-svg.ts';
import { plotText } from '../../../demo/plot.ts';
import { curvesOf, timelineOf, type Timeline } from '../../../demo/timeline.ts';
import { makeEntry, makeHappy, makeMark, makeSent, makeVersion } from './make-facts.ts';

const timeline = (event: readonly number[], sweep: readonly number[], sent: readonly number[] = []): Timeline => ({
  seconds: Math.max(0, ...event, ...sweep),
  sent,
  done: { event, sweep },
});

describe('the timeline of a run', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22) + seconds * 1000);
  const [one, two, three] = [makeVersion('1'), makeVersion('2'), makeVersion('3')];

  it('begins when the first file was sent, tells of those that are done, ends with the last, and knows the routes apart', () => {
    const facts = makeHappy(one, {
      sent: [
        makeSent(three, { at: at(8).toISOString() }),
        makeSent(two, { at: at(11).toISOString() }),
        makeSent(one, { at: at(10).toISOString() }),
        makeSent(two, { at: at(12).toISOString() }),
      ],
      ledger: [
        makeEntry(one, { via: 'event', doneAt: at(9).getTime() }),
        makeEntry(two, { via: 'queue', doneAt: at(15).getTime() }),
        makeEntry(three, { status: 'GONE' }),
      ],
      requests: [makeMark(two)],
    });
    expect(timelineOf(facts)).toEqual({ seconds: 7, sent: [2, 3], done: { event: [1], sweep: [7] } });
  });

  it('can be read at any number of moments, and always ends with all', () => {
    const curves = curvesOf(timeline([0, 1, 2, 3], [4], [0, 0, 1]), 4);
    expect(curves).toEqual({ event: [2, 3, 4, 4], sweep: [0, 0, 0, 1], sent: [3, 3, 3, 3] });
    expect(curvesOf(timeline([], []), 2)).toEqual({ event: [0, 0], sweep: [0, 0], sent: [0, 0] });
  });
});

describe('the plot for a terminal', () => {
  const cellsOf = (text: string): string[] => [...text.matchAll(/┤(.*)/g)].map(([, cells = '']) => cells);

  it('has the events below and the sweep above, and is full at its end', () => {
    const cells = cellsOf(plotText(timeline([1, 1, 1, 1, 1, 1, 1, 1], [64, 64]), false));
    expect(cells).toHaveLength(10);
    expect(cells.map((row) => row.at(-1)).join('')).toBe('░░████████');
    expect(cells.map((row) => row.at(0)).join('')).toBe('  ████████');
  });

  it('shows one file found by the sweep among a thousand', () => {
    const text = plotText(timeline(Array<number>(1000).fill(1), [2]), false);
    expect(text).toContain('█ 1000 by their event   ░ 1 found by the sweep');
    expect(cellsOf(text)[0]).toMatch(/^ *█*░$/);
  });

  it('is empty, and still drawn, when nothing was done', () => {
    expect(cellsOf(plotText(timeline([], []), false)).join('')).toBe('');
  });

  it('has colours only where they are wanted', () => {
    expect(plotText(timeline([1], [2]), true)).toContain('\u001b[33m░');
    expect(plotText(timeline([1], [2]), false)).not.toContain('\u001b');
  });
});

describe('the plot as a picture', () => {
  const svg = plotSvg(timeline([1, 2], [8], [0, 0, 0]), 'a < b & c');

  it('is well-formed, says what it shows, and has nothing in it that is no number', () => {
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg).toContain('2 done by their event');
    expect(svg).toContain('1 found by the sweep');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const open = [...svg.matchAll(/<(\w+)(?=[\s>])[^>]*[^/]>/g)].map(([, name]) => name);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect(open.toSorted()).toEqual(closed.toSorted());
  });

  it('ends at the right edge with the areas as high as the line of what was sent', () => {
    const [event = '', sweep = '', sent = ''] = [...svg.matchAll(/<path d="M72,394L([^"Z]+)/g)].map(([, path]) => path);
    expect(sent.split('L').at(-1)).toBe('848,84');
    expect(sweep.split('L')[387]).toBe('848,84');
    expect(event.split('L')[387]).toBe('848,187.3');
  });

  it('can be drawn of nothing', () => {
    expect(plotSvg(timeline([], []), 'nothing')).not.toMatch(/NaN|Infinity|undefined/);
  });

  it.each([
    [0, [0]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [7.4, [0, 1, 2, 3, 4, 5, 6, 7]],
    [300, [0, 50, 100, 150, 200, 250, 300]],
    [20_000, [0, 5000, 10_000, 15_000, 20_000]],
  ])('has round ticks up to %d', (most, expected) => {
    expect(ticks(most)).toEqual(expected);
  });
});
