import { curvesOf, type Timeline } from './timeline.ts';

const size = { width: 880, height: 460 } as const;
const frame = { left: 72, top: 84, width: 776, height: 310 } as const;
const moments = 388;
const colours = { event: '#3572a5', sweep: '#f0a132', sent: '#1f2933', grid: '#e4e7eb', text: '#3e4c59' } as const;
const bottom = frame.top + frame.height;

/**
 * How many files were done by when, as a picture: what the events led to, on top of it what the sweep found, and above
 * both the line of when they were sent. Where the line is away from the areas, files wait.
 *
 * @param title one line, plain text
 */
export const plotSvg = (timeline: Timeline, title: string): string => {
  const { sent, event, sweep } = curvesOf(timeline, moments);
  const done = event.map((count, moment) => count + (sweep[moment] ?? 0));
  const scale = scaleOf(timeline.seconds, Math.max(1, sent.at(-1) ?? 0, done.at(-1) ?? 0));
  const nothing = event.map(() => 0);
  const [byEvent, bySweep] = [event.at(-1) ?? 0, sweep.at(-1) ?? 0];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="${colours.text}">`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(frame.left, 34, escaped(title), 'font-size="16" font-weight="600" fill="#1f2933"'),
    ...legend([
      { colour: colours.event, label: `${byEvent} done by their event` },
      { colour: colours.sweep, label: `${bySweep} found by the sweep` },
      { colour: colours.sent, label: 'sent', line: true },
    ]),
    ...yAxis(scale),
    area(scale, nothing, event, colours.event),
    area(scale, event, done, colours.sweep),
    `<path d="M${points(scale, sent).join('L')}" fill="none" stroke="${colours.sent}" stroke-width="1.5" stroke-dasharray="5 3"/>`,
    ...xAxis(scale, timeline.seconds),
    '</svg>',
    '',
  ].join('\n');
};

type Scale = Readonly<{ x(seconds: number): number; y(count: number): number; seconds: number; most: number }>;

const scaleOf = (seconds: number, most: number): Scale => ({
  x: (at) => round(frame.left + (seconds === 0 ? 0 : (at / seconds) * frame.width)),
  y: (count) => round(bottom - (count / most) * frame.height),
  seconds,
  most,
});

const round = (value: number): number => Math.round(value * 10) / 10;

/** A curve from the origin on, a step to each moment. */
const points = ({ x, y, seconds }: Scale, counts: readonly number[]): readonly string[] => [
  `${x(0)},${y(0)}`,
  ...counts.map((count, moment) => `${x(((moment + 1) / counts.length) * seconds)},${y(count)}`),
];

const area = (scale: Scale, below: readonly number[], above: readonly number[], colour: string): string =>
  `<path d="M${[...points(scale, above), ...points(scale, below).toReversed()].join('L')}Z" fill="${colour}"/>`;

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;

const escaped = (plain: string): string =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const legendStep = 190;

const legend = (entries: readonly Readonly<{ colour: string; label: string; line?: boolean }>[]): readonly string[] =>
  entries.flatMap(({ colour, label, line = false }, index) => {
    const x = frame.left + index * legendStep;
    const mark = line
      ? `<path d="M${x},58h16" stroke="${colour}" stroke-width="1.5" stroke-dasharray="5 3"/>`
      : `<rect x="${x}" y="51" width="14" height="14" rx="2" fill="${colour}"/>`;
    return [mark, text(x + 22, 63, escaped(label))];
  });

const yAxis = ({ y, most }: Scale): readonly string[] => [
  ...ticks(most).flatMap((count) => [
    `<path d="M${frame.left},${y(count)}h${frame.width}" stroke="${colours.grid}"/>`,
    text(frame.left - 10, y(count) + 4, String(count), 'text-anchor="end"'),
  ]),
  text(0, 0, 'files', `transform="translate(20 ${frame.top + frame.height / 2}) rotate(-90)" text-anchor="middle"`),
];

const xAxis = ({ x }: Scale, seconds: number): readonly string[] => [
  `<path d="M${frame.left},${bottom}h${frame.width}" stroke="${colours.text}"/>`,
  ...ticks(seconds).flatMap((at) => [
    `<path d="M${x(at)},${bottom}v5" stroke="${colours.text}"/>`,
    text(x(at), bottom + 21, String(at), 'text-anchor="middle"'),
  ]),
  text(frame.left + frame.width / 2, bottom + 46, 'seconds since the first file was sent', 'text-anchor="middle"'),
];

/** Round numbers from 0 on, eight at most. */
export const ticks = (most: number): readonly number[] => {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(most, 1) / 8));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((width) => most / width <= 8) ?? most;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
};
