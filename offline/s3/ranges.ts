import { S3Error } from './errors.ts';

/** A stretch of an object: `start` from 0, `length` in bytes. */
export type Stretch = Readonly<{ start: number; length: number }>;

/**
 * Reads a `Range` header. One range is served; what is not a range of bytes, or asks for several, is ignored and the
 * whole object sent, as S3 does. Throws `InvalidRange` for a range that lies wholly outside.
 */
export const parseRange = (header: string | undefined, size: number): Stretch | undefined => {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable(header, size);
    return { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw unsatisfiable(header, size);
  return { start, length: end - start + 1 };
};

const unsatisfiable = (header: string | undefined, size: number): S3Error =>
  new S3Error('InvalidRange', {
    details: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${String(size)}` },
  });

/** `x-amz-copy-source-range`: both ends must be given and inside the source. */
export const parseCopyRange = (header: string, size: number): Stretch => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  const start = Number(first);
  const end = Number(last);
  if (first === undefined || end < start) {
    throw new S3Error('InvalidArgument', {
      message:
        'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    });
  }
  if (end >= size) {
    throw new S3Error('InvalidRange', {
      message: `The specified copy range is invalid for the source object size: ${String(size)}`,
    });
  }
  return { start, length: end - start + 1 };
};
