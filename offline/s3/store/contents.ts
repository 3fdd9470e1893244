import type { DatabaseSync } from 'node:sqlite';
import type { Segment } from './bodies.ts';

/** Which segments make up the content of a version or a part, by its sequence number. */
export type Contents = Readonly<{
  of(content: number): readonly Segment[];
  put(content: number, segments: readonly Segment[]): void;
  drop(content: number): void;
  isReferenced(body: string): boolean;
  /** The bodies that lost a reference since the last call: to be discarded once the transaction stands. */
  takeDropped(): readonly string[];
}>;

export const createContents = (database: DatabaseSync): Contents => {
  const select = database.prepare('SELECT body, start, length FROM segment WHERE content = ? ORDER BY position');
  const insert = database.prepare(
    'INSERT INTO segment (content, position, body, start, length) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM segment WHERE content = ? RETURNING body');
  const find = database.prepare('SELECT 1 FROM segment WHERE body = ? LIMIT 1');
  const dropped = new Set<string>();

  return {
    isReferenced: (body) => find.get(body) !== undefined,
    of: (content) => select.all(content) as unknown as readonly Segment[],
    put(content, segments) {
      segments.forEach(({ body, start, length }, position) => insert.run(content, position, body, start, length));
    },
    drop(content) {
      for (const { body } of remove.all(content) as { body: string }[]) dropped.add(body);
    },
    takeDropped() {
      const bodies = [...dropped];
      dropped.clear();
      return bodies;
    },
  };
};

/** The segments of a stretch of what `segments` make up. */
export const slice = (
  segments: readonly Segment[],
  stretch: Readonly<{ start: number; length: number }>,
): readonly Segment[] => {
  let skip = stretch.start;
  let left = stretch.length;
  return segments.flatMap((segment) => {
    const offset = Math.min(skip, segment.length);
    const length = Math.min(left, segment.length - offset);
    skip -= offset;
    left -= length;
    return length === 0 ? [] : [{ body: segment.body, start: segment.start + offset, length }];
  });
};
