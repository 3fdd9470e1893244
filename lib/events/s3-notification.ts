import { UnreadableEventError } from '../domain/errors.ts';
import { createFileVersion, type FileVersion } from '../domain/file-version.ts';

/** What an S3 notification says: the files in it, and an error for each record that could not be read. */
export type S3Notification = Readonly<{ files: readonly FileVersion[]; unreadable: readonly UnreadableEventError[] }>;

/**
 * Reads an S3 event notification. An `s3:TestEvent`, which S3 sends when a queue is wired, holds no file.
 * One bad record does not spoil the others.
 *
 * @throws {UnreadableEventError} when the payload is no S3 notification at all
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export const parseS3Notification = (event: unknown): S3Notification => {
  if (isObject(event) && event['Event'] === 's3:TestEvent') return { files: [], unreadable: [] };
  if (!isObject(event) || !Array.isArray(event['Records'])) {
    throw new UnreadableEventError(`expected an S3 event with "Records", got ${describe(event)}`);
  }
  const files: FileVersion[] = [];
  const unreadable: UnreadableEventError[] = [];
  event['Records'].forEach((record: unknown, index) => {
    try {
      files.push(parseRecord(record));
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error;
      unreadable.push(new UnreadableEventError(`record ${String(index)}: ${error.message}`, { cause: error }));
    }
  });
  return { files, unreadable };
};

const parseRecord = (record: unknown): FileVersion => {
  const source = textAt(record, 'eventSource');
  if (source !== 'aws:s3') throw new UnreadableEventError(`eventSource is ${describe(source)}, not "aws:s3"`);
  const name = textAt(record, 'eventName');
  if (!name.startsWith('ObjectCreated:')) {
    throw new UnreadableEventError(`eventName is ${describe(name)}; only ObjectCreated:* brings a file`);
  }
  const size = valueAt(record, 's3', 'object', 'size');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new UnreadableEventError(`s3.object.size is ${describe(size)}, not a number of bytes`);
  }
  return createFileVersion({
    bucket: textAt(record, 's3', 'bucket', 'name'),
    key: decodeKey(textAt(record, 's3', 'object', 'key')),
    eTag: textAt(record, 's3', 'object', 'eTag'),
    size,
  });
};

/** In an event a key is URL-encoded and a space is `+`. Decoded here, once, and never again. */
const decodeKey = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (error) {
    throw new UnreadableEventError(`s3.object.key "${encoded.slice(0, 100)}" is not URL-encoded UTF-8`, {
      cause: error,
    });
  }
};

const textAt = (value: unknown, ...path: readonly string[]): string => {
  const found = valueAt(value, ...path);
  if (typeof found === 'string' && found !== '') return found;
  throw new UnreadableEventError(`${path.join('.')} is ${describe(found)}, not a text`);
};

const valueAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names what was found without repeating it: an event may be megabytes long. */
const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (isObject(value)) return `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no properties'}`;
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
};
