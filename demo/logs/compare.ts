import { monthOf } from '../../lib/domain/month.ts';
import type { ExportedLine } from './read-exports.ts';
import type { SeededEvent } from './seed.ts';

/** What became of the events of the closed months. */
export type Comparison = Readonly<{
  exported: number;
  missing: readonly string[];
  doubled: readonly string[];
  /** Exported under another group or month than their own, or with another time, or never put at all. */
  misplaced: readonly string[];
}>;

/** Compares what was put with what stands in the bucket. */
export const compare = (seeded: readonly SeededEvent[], lines: readonly ExportedLine[]): Comparison => {
  const found = Map.groupBy(lines, ({ message }) => message);
  const put = new Map(seeded.map((event) => [event.message, event]));
  const isInPlace = (line: ExportedLine): boolean => {
    const event = put.get(line.message);
    return event?.group === line.group && event.at === line.at && monthOf(line.at) === line.month;
  };
  return {
    exported: lines.length,
    missing: seeded.map(({ message }) => message).filter((message) => !found.has(message)),
    doubled: [...found].filter(([, copies]) => copies.length > 1).map(([message]) => message),
    misplaced: lines.filter((line) => !isInPlace(line)).map(({ message }) => message),
  };
};
