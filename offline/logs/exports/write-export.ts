import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { oldestKeptMs } from '../context.ts';
import type { LogEvent, Position } from '../store/events.ts';
import type { LogStore } from '../store/store.ts';
import type { ExportTask } from '../store/tasks.ts';
import type { Destinations } from './destination.ts';

const compress = promisify(gzip);
const eventsAtOnce = 5000;
/** Text of one file before it is compressed: what an export holds in memory at once. */
const mostFileBytes = 8 * 1024 * 1024;

const lineOf = ({ timestamp, message }: LogEvent): string => `${new Date(timestamp).toISOString()} ${message}\n`;

/** The lines of one stream in the order of time, in pieces of one file each. */
function* pieces(store: LogStore, streamId: number, fromMs: number, toMs: number): Generator<string> {
  let lines = '';
  let after: Position | undefined;
  for (;;) {
    const range = { of: { stream: streamId }, fromMs, toMs, limit: eventsAtOnce };
    const events = store.events.readForward(range, after);
    for (const event of events) {
      lines += lineOf(event);
      after = event;
      if (lines.length >= mostFileBytes) {
        yield lines;
        lines = '';
      }
    }
    if (events.length < eventsAtOnce) break;
  }
  if (lines !== '') yield lines;
}

/**
 * Writes what a task exports: `<prefix>/<task id>/<stream>/000000.gz` and so on, a folder for each stream that has events
 * between the task's times, slashes in a stream's name as dashes. A group that is gone meanwhile has nothing to export.
 * Written again after a crash, the same keys hold the same events.
 *
 * @throws {NoBucketError} when the bucket has gone
 */
export const writeExport = async (
  options: Readonly<{ store: LogStore; destinations: Destinations; now: () => Date }>,
  task: ExportTask,
  signal: AbortSignal,
): Promise<void> => {
  const { store, destinations, now } = options;
  const group = store.groups.find(task.groupName);
  if (group === undefined) return;
  const fromMs = Math.max(task.fromMs, oldestKeptMs(group, now()));
  const filesIn = new Map<string, number>();
  for (const stream of store.streams.list(group.id, task.streamPrefix ?? '')) {
    const folder = `${task.prefix}/${task.id}/${stream.name.replaceAll('/', '-')}`;
    for (const lines of pieces(store, stream.id, fromMs, task.toMs)) {
      signal.throwIfAborted();
      // Two streams may share a folder: their names may differ in a slash and a dash alone.
      const number = filesIn.get(folder) ?? 0;
      filesIn.set(folder, number + 1);
      const body = await compress(lines);
      await destinations.put(task.bucket, `${folder}/${String(number).padStart(6, '0')}.gz`, body, signal);
    }
  }
};
