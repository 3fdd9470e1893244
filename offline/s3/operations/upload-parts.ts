import { type ChecksumType, checksumTypeFor, parseAlgorithm, statedChecksum } from '../checksums.ts';
import { type Call, type Context, headerOf, type Operation } from '../context.ts';
import { digest, findCopySource, whileHeld } from '../copy-source.ts';
import { invalidArgument, S3Error } from '../errors.ts';
import { isoSeconds } from '../list-parameters.ts';
import { parseObjectHeaders } from '../object-headers.ts';
import { parseCopyRange } from '../ranges.ts';
import { discard, receiveBody, type Received } from '../receive-body.ts';
import { slice } from '../store/contents.ts';
import { createId } from '../store/ids.ts';
import type { Part, Upload } from '../store/uploads.ts';
import { parseTagHeader } from '../tags.ts';
import { shownVersionId } from '../writes.ts';
import { element, xmlDocument } from '../xml-writer.ts';
import { removeUpload } from './buckets.ts';
import { checksumElements, checksumHeaders } from './put-object.ts';

/** The upload carries the object's headers, tags and kind of checksum: the parts bring bytes only. */
export const createMultipartUpload: Operation = (context, call) => {
  const { store } = context;
  const algorithm = headerOf(call, 'x-amz-checksum-algorithm');
  const askedType = headerOf(call, 'x-amz-checksum-type');
  if (algorithm === undefined && askedType !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    });
  }
  const checksum = algorithm === undefined ? undefined : checksumOf(algorithm, askedType);
  const headers = parseObjectHeaders(call.headers);
  const tags = parseTagHeader(headerOf(call, 'x-amz-tagging'));
  const id = store.commit(() => {
    store.buckets.get(call.bucket);
    const { bucket, key } = call;
    const sequence = store.nextSequence();
    const begun = { id: createId(sequence), sequence, initiatedMs: context.now().getTime() };
    store.uploads.insert({ ...begun, bucket, key, headers, tags, ...(checksum && { checksum }) });
    return begun.id;
  });
  return {
    status: 200,
    headers: {
      'x-amz-checksum-algorithm': checksum?.algorithm,
      'x-amz-checksum-type': checksum?.type,
      'x-amz-server-side-encryption': headers['x-amz-server-side-encryption'],
    },
    body: xmlDocument(
      'InitiateMultipartUploadResult',
      element('Bucket', call.bucket),
      element('Key', call.key),
      element('UploadId', id),
    ),
  };
};

const checksumOf = (header: string, askedType: string | undefined) => {
  const algorithm = parseAlgorithm(header);
  const type: ChecksumType = checksumTypeFor(algorithm, askedType);
  return { algorithm, type };
};

/** Sent again under the same number, a part takes the place of the earlier one. */
export const uploadPart: Operation = async (context, call) => {
  const number = parsePartNumber(call);
  const { checksum } = findOpenUpload(context, call);
  const sent = statedChecksum(call.headers)?.algorithm;
  const mismatches = checksum !== undefined && sent !== checksum.algorithm;
  if (mismatches && (sent !== undefined || checksum.type === 'COMPOSITE')) {
    throw new S3Error('InvalidRequest', {
      message: `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? 'null'}`,
    });
  }
  const received = await receiveBody(context, call, checksum?.algorithm);
  try {
    const part = putPart(context, call, number, received);
    return { status: 200, headers: { etag: `"${part.eTag}"`, ...checksumHeaders(part) } };
  } catch (error) {
    discard(context, received.segments);
    throw error;
  }
};

/** A part out of an object that is there already: its bodies are shared, and only read for their digests. */
export const uploadPartCopy: Operation = async (context, call) => {
  const number = parsePartNumber(call);
  const { checksum } = findOpenUpload(context, call);
  const source = findCopySource(context, call);
  const header = headerOf(call, 'x-amz-copy-source-range');
  const whole = { start: 0, length: source.version.size };
  const stretch = header === undefined ? whole : parseCopyRange(header, source.version.size);
  const most = context.limits.maximumUploadBytes;
  if (stretch.length > most) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${String(most)}`,
    });
  }
  const segments = slice(source.segments, stretch);
  const part = await whileHeld(context, segments, async () => {
    const digests = await digest(context, segments, checksum?.algorithm);
    return putPart(context, call, number, { segments, size: stretch.length, ...digests });
  });
  return {
    status: 200,
    headers: { 'x-amz-copy-source-version-id': shownVersionId(source.bucket, source.version) },
    body: xmlDocument(
      'CopyPartResult',
      element('LastModified', isoSeconds(part.modifiedMs)),
      element('ETag', `"${part.eTag}"`),
      ...checksumElements(part).slice(0, 1),
    ),
  };
};

export const abortMultipartUpload: Operation = (context, call) => {
  context.store.commit(() => removeUpload(context.store, findOpenUpload(context, call).id));
  return { status: 204 };
};

/** The upload that the call names, while it takes parts. Throws `NoSuchUpload`. */
export const findOpenUpload = (context: Context, call: Call): Upload => {
  const upload = findUpload(context, call);
  if (upload.completed !== undefined) throw new S3Error('NoSuchUpload', { details: { UploadId: upload.id } });
  return upload;
};

/** The upload that the call names, completed ones included. Throws `NoSuchUpload`. */
export const findUpload = ({ store }: Context, call: Call): Upload => {
  store.buckets.get(call.bucket);
  const id = call.query.get('uploadId') ?? '';
  const upload = store.uploads.find(id);
  if (upload?.bucket !== call.bucket || upload.key !== call.key) {
    throw new S3Error('NoSuchUpload', { details: { UploadId: id } });
  }
  return upload;
};

const putPart = (context: Context, call: Call, number: number, received: Received): Part => {
  const { store } = context;
  return store.commit(() => {
    const upload = findOpenUpload(context, call);
    const earlier = store.uploads.findPart(upload.id, number);
    const { segments, ...fields } = received;
    const part = { ...fields, number, content: store.nextSequence(), modifiedMs: context.now().getTime() };
    store.contents.put(part.content, segments);
    store.uploads.putPart(upload.id, part);
    if (earlier !== undefined) store.contents.drop(earlier.content);
    return part;
  });
};

const parsePartNumber = (call: Call): number => {
  const text = call.query.get('partNumber') ?? '';
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000) return Number(text);
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
};
