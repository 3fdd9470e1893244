import { Readable } from 'node:stream';
import type { FileHead } from '../domain/action.ts';
import { GoneError, SupersededError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** One `GetObject` that serves the head, a peek at the first bytes, and the first reading of the body. */
export type ObjectReader = Readonly<{
  head: FileHead;
  peek(bytes: number): Promise<Uint8Array>;
  body(): Promise<Readable>;
  /** That the object was replaced or deleted, once any read has shown it, even if an action swallowed the error. */
  change(): SupersededError | GoneError | undefined;
  close(): void;
}>;

const maxPeekBytes = 64 * 1024;

/** Opens the object pinned to its eTag. What a read learns of a change is kept, for the verdict. */
export const openObject = async (
  objectStore: ObjectStore,
  file: FileVersion,
  signal: AbortSignal,
): Promise<ObjectReader> => {
  const opened = await objectStore.open(file, signal);
  const chunks: Uint8Array[] = [];
  const rest = opened.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let handedOut = false;
  let change: SupersededError | GoneError | undefined;

  async function* fromStart(): AsyncGenerator<Uint8Array> {
    yield* chunks;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  }

  /** An action may leave a body half read. It is closed behind it, and whoever reads is told of errors by reading. */
  const bodies = [opened.body];
  const handOut = (body: Readable): Readable => {
    bodies.unshift(body.on('error', () => undefined));
    return body;
  };

  const reopen = async (): Promise<Readable> => {
    try {
      return handOut((await objectStore.open(file, signal)).body);
    } catch (error) {
      if (error instanceof SupersededError || error instanceof GoneError) change = error;
      throw error;
    }
  };

  return {
    head: opened.head,
    async peek(bytes) {
      const wanted = Math.min(bytes, maxPeekBytes);
      let held = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      while (!handedOut && held < wanted) {
        const next = await rest.next();
        if (next.done === true) break;
        chunks.push(next.value);
        held += next.value.length;
      }
      return Buffer.concat(chunks).subarray(0, wanted);
    },
    body() {
      if (handedOut) return reopen();
      handedOut = true;
      return Promise.resolve(handOut(Readable.from(fromStart(), { objectMode: false })));
    },
    change: () => change,
    close: () => bodies.forEach((body) => body.destroy()),
  };
};
