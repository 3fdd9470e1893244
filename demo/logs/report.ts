import type { EnteredState } from './execution.ts';
import { logsNames } from './clients.ts';
import { isWhole, type LogsResult } from './run.ts';
import { treeOf } from './tree.ts';

type Paint = (code: number, text: string) => string;

/** Colours for a terminal, or none. */
export const painter = (colours: boolean): Paint =>
  colours ? (code, text) => `\u001b[${code}m${text}\u001b[0m` : (_code, text) => text;

/** A line for each state as it is entered: when, which, and what it was entered with. */
export const stateLine = (paint: Paint, { name, at, input }: EnteredState, startedAt: number): string => {
  const seconds = ((at - startedAt) / 1000).toFixed(1).padStart(7);
  return `${paint(2, `${seconds} s`)}  ${paint(1, name.padEnd(12))} ${paint(2, sayingOf(name, input))}`.trimEnd();
};

const sayingOf = (name: string, input: EnteredState['input']): string => {
  const { state, group, month, reason, summary, waitSeconds, task } = input as Record<string, string | undefined>;
  if (name === 'ResultCheck') return `${state ?? ''}${state === 'step' ? ` ${group ?? ''} ${month ?? ''}` : ''}`;
  if (name === 'LogsExport') return (task as unknown as { name?: string } | undefined)?.name ?? '';
  if (name === 'WaitForSlot') return `${waitSeconds ?? ''} s, scaled${reason === undefined ? '' : `: ${reason}`}`;
  return name === 'EndStep' ? (summary ?? '') : '';
};

/** What a program reads: the same, with the lists of events that went wrong as they are. */
export const formatLogsJson = ({ objects, ...result }: LogsResult): string =>
  JSON.stringify({ ...result, objects: objects.length, whole: isWhole({ objects, ...result }) }, null, 2);

/** The tree of the bucket, the figures, and the verdict. */
export const formatLogs = (paint: Paint, result: LogsResult): string => {
  const { comparison, first, second, seeded, seededInOpenMonth } = result;
  const { exported, missing, doubled, misplaced } = comparison;
  const rows: readonly (readonly [string, number, string])[] = [
    ['events seeded', seeded, 'in closed months'],
    ['still open', seededInOpenMonth, 'in the month that is not over: not exported yet'],
    ['exported', exported, 'read back through the manifests'],
    ['missing', missing.length, ''],
    ['doubled', doubled.length, ''],
    ['misplaced', misplaced.length, 'in another group, month or millisecond than their own'],
    ['history of first run', first.historyEvents, `events, ${first.states.length} states; AWS allows 25,000`],
    ['history of second run', second.historyEvents, `events: ${second.states.join(' → ')}`],
  ];
  const table = rows.map(([label, value, meaning]) =>
    `  ${label.padEnd(22)} ${paint(1, String(value).padStart(8))}  ${paint(2, meaning)}`.trimEnd(),
  );
  const verdict = isWhole(result)
    ? paint(32, 'Every event of a closed month is in the bucket once; the second run exported nothing.')
    : paint(31, `The export is not whole: ${first.status} ${first.said}; ${second.status} ${second.said}`);
  return ['', treeOf(logsNames.bucket, result.objects), '', ...table, '', verdict, ''].join('\n');
};
