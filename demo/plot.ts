import { curvesOf, type Timeline } from './timeline.ts';

const columns = 64;
const rows = 10;
const eventCell = '█';
const sweepCell = '░';

/** How many files were done by when, as a chart of blocks for a terminal: what the events led to below, the sweep above. */
export const plotText = (timeline: Timeline, colours: boolean): string => {
  const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { event, sweep } = curvesOf(timeline, columns);
  const [byEvent, bySweep] = [event.at(-1) ?? 0, sweep.at(-1) ?? 0];
  const total = byEvent + bySweep;
  const heights = event.map((count, column) => heightsOf(count, sweep[column] ?? 0, total));
  const lines = Array.from({ length: rows }, (_, index) => {
    const row = rows - index;
    const cells = heights.map(({ low, high }) => (row <= low ? eventCell : row <= high ? sweepCell : ' ')).join('');
    const label = row === rows ? String(total) : '';
    return `  ${label.padStart(6)} ┤${coloured(cells, paint)}`.trimEnd();
  });
  const end = `${timeline.seconds.toFixed(1)} s`;
  const legend = [
    `${paint(36, eventCell)} ${byEvent} by their event`,
    `${paint(33, sweepCell)} ${bySweep} found by the sweep`,
  ];
  return [
    `  Files done over time: ${legend.join('   ')}`,
    ...lines,
    `  ${'0'.padStart(6)} ┴${'─'.repeat(columns)}`,
    `  ${' '.repeat(8)}0 s${end.padStart(columns - 3)}`,
    '',
  ].join('\n');
};

/** Whatever there is of either is seen, be it less than a row. */
const heightsOf = (event: number, sweep: number, total: number): { low: number; high: number } => {
  const rowsOf = (count: number): number => (total === 0 ? 0 : (count / total) * rows);
  const least = sweep > 0 ? 1 : 0;
  const low = Math.min(rows - least, event > 0 ? Math.max(1, Math.round(rowsOf(event))) : 0);
  return { low, high: Math.min(rows, Math.max(low + least, Math.round(rowsOf(event + sweep)))) };
};

const coloured = (cells: string, paint: (code: number, text: string) => string): string =>
  cells.replaceAll(/█+/g, (run) => paint(36, run)).replaceAll(/░+/g, (run) => paint(33, run));
