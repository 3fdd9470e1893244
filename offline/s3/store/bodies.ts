import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A stretch of a body file. An object is a row of these: parts are joined and copies made without moving a byte. */
export type Segment = Readonly<{ body: string; start: number; length: number }>;

export type Bodies = Readonly<{
  /** Streams a new body to disk and answers its segments (none for an empty body). Nothing stays behind on failure. */
  write(source: AsyncIterable<Uint8Array>, observe: (chunk: Uint8Array) => void): Promise<readonly Segment[]>;
  /** Keeps the bodies on disk until the answered function is called, whatever happens to their object meanwhile. */
  hold(segments: readonly Segment[]): () => void;
  /** Streams segments one after the other; the bodies are held until the stream is closed. */
  read(segments: readonly Segment[]): Readable;
  /** Removes those of the bodies that no metadata refers to: at once, or when they are let go. */
  discard(bodies: readonly string[]): void;
  /** Waits for removals that have begun. */
  close(): Promise<void>;
}>;

const readBytes = 256 * 1024;

/**
 * Immutable body files under random names, so that a key never touches the file system. They are written aside in
 * `tmp/` and renamed before any metadata names them; what a crash left over is removed here at start-up.
 */
export const createBodies = (
  directory: string,
  options: Readonly<{ randomId: () => string; isReferenced: (body: string) => boolean }>,
): Bodies => {
  const { randomId, isReferenced } = options;
  const aside = join(directory, 'tmp');
  const shelves = join(directory, 'bodies');
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  mkdirSync(shelves, { recursive: true });
  const made = new Set(readdirSync(shelves));
  const pathOf = (body: string) => join(shelves, shelfOf(body), body);
  removeOrphans(shelves, isReferenced);
  // One by one: to make all 256 of them would be felt at every start from nothing.
  const makeShelf = (shelf: string): void => {
    if (made.has(shelf)) return;
    mkdirSync(join(shelves, shelf));
    made.add(shelf);
  };

  const holds = new Map<string, number>();
  let closed = false;
  const removals = new Set<Promise<void>>();

  const remove = (body: string): void => {
    // A failed removal leaves an orphan, and the next start removes it.
    const removal = rm(pathOf(body), { force: true }).then(
      () => void removals.delete(removal),
      () => void removals.delete(removal),
    );
    removals.add(removal);
  };

  const hold = (segments: readonly Segment[]): (() => void) => {
    const bodies = [...new Set(segments.map((segment) => segment.body))];
    for (const body of bodies) holds.set(body, (holds.get(body) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const body of bodies) {
        const left = (holds.get(body) ?? 0) - 1;
        if (left > 0) holds.set(body, left);
        else {
          holds.delete(body);
          if (!closed && !isReferenced(body)) remove(body);
        }
      }
    };
  };

  return {
    hold,

    async write(source, observe) {
      const body = randomId();
      const path = join(aside, body);
      let length = 0;
      let file: Awaited<ReturnType<typeof open>> | undefined;
      try {
        for await (const chunk of source) {
          observe(chunk);
          file ??= await open(path, 'wx');
          await writeWhole(file, chunk);
          length += chunk.length;
        }
        await file?.close();
        if (file === undefined) return [];
        makeShelf(shelfOf(body));
        await rename(path, pathOf(body));
      } catch (error) {
        await file?.close().catch(() => undefined);
        await rm(path, { force: true });
        throw error;
      }
      return length === 0 ? [] : [{ body, start: 0, length }];
    },

    read(segments) {
      const release = hold(segments);
      const stream = Readable.from(readSegments(segments, pathOf), { objectMode: false, highWaterMark: readBytes });
      stream.once('close', release);
      return stream;
    },

    discard(bodies) {
      for (const body of bodies) if (!holds.has(body) && !isReferenced(body)) remove(body);
    },

    async close() {
      closed = true;
      await Promise.all(removals);
    },
  };
};

const shelfOf = (body: string): string => body.slice(0, 2);

const writeWhole = async (file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> => {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written);
    written += bytesWritten;
  }
};

const readSegments = async function* (
  segments: readonly Segment[],
  pathOf: (body: string) => string,
): AsyncGenerator<Buffer> {
  for (const { body, start, length } of segments) {
    let left = length;
    const file = createReadStream(pathOf(body), { start, end: start + length - 1, highWaterMark: readBytes });
    for await (const chunk of file as AsyncIterable<Buffer>) {
      left -= chunk.length;
      yield chunk;
    }
    if (left !== 0) throw new Error(`Body ${body} is ${String(left)} bytes shorter than its metadata says.`);
  }
};

const removeOrphans = (shelves: string, isReferenced: (body: string) => boolean): void => {
  for (const shelf of readdirSync(shelves)) {
    for (const body of readdirSync(join(shelves, shelf))) {
      if (!isReferenced(body)) rmSync(join(shelves, shelf, body), { force: true });
    }
  }
};
