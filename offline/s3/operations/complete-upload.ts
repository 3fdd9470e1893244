import { createHash } from 'node:crypto';
import { type Checksum, elementOf, headerOf as checksumHeaderOf, sumUp } from '../checksums.ts';
import { judgeWrite, parseWriteCondition } from '../conditions.ts';
import { type Answer, type Call, type Context, headerOf, type Operation } from '../context.ts';
import { invalidArgument, S3Error } from '../errors.ts';
import { receiveText } from '../receive-body.ts';
import type { Part, Upload } from '../store/uploads.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { currentObject, emitCreated, type NewObject, putObject, shownVersionId } from '../writes.ts';
import { childrenNamed, readXml, textOf, type XmlElement } from '../xml-reader.ts';
import { element, xmlDocument } from '../xml-writer.ts';
import { checksumElements } from './put-object.ts';
import { findUpload } from './upload-parts.ts';

type StatedPart = Readonly<{ number: number; eTag: string; element: XmlElement }>;

/**
 * Joins the parts into an object without moving a byte. Asked again for an upload that is complete, it answers as it
 * did: the client may have lost the first answer. Nothing is written twice then, and no event is sent.
 */
export const completeMultipartUpload: Operation = async (context, call) => {
  const { store } = context;
  findUpload(context, call);
  // Checksums in the headers of this call are of the object; only these are of the list that it sends.
  const { 'content-md5': md5, 'x-amz-content-sha256': sha256, 'x-amz-trailer': trailer } = call.headers;
  const ofTheList = { 'content-md5': md5, 'x-amz-content-sha256': sha256, 'x-amz-trailer': trailer };
  const stated = parseParts(await receiveText(call, ofTheList));
  const condition = parseWriteCondition(call.headers);
  const { answer, version } = store.commit((): { answer: Answer; version?: ObjectVersion } => {
    const bucket = store.buckets.get(call.bucket);
    const upload = findUpload(context, call);
    if (upload.completed !== undefined) return { answer: JSON.parse(upload.completed) as Answer };
    const parts = matchParts(context, upload, stated);
    judgeWrite(condition, currentObject(store, bucket.name, call.key));
    const version = putObject(store, bucket, call.key, join(context, call, upload, parts));
    const answer = {
      status: 200,
      headers: { 'x-amz-version-id': shownVersionId(bucket, version) },
      body: resultDocument(call, version),
    };
    for (const part of store.uploads.parts(upload.id)) store.contents.drop(part.content);
    store.uploads.removeParts(upload.id);
    store.uploads.complete(upload.id, JSON.stringify(answer));
    return { answer, version };
  });
  if (version !== undefined) emitCreated(context, call, 'CompleteMultipartUpload', version);
  return answer;
};

const resultDocument = (call: Call, version: ObjectVersion): string =>
  xmlDocument(
    'CompleteMultipartUploadResult',
    element('Location', `http://${call.headers.host ?? 'localhost'}/${call.bucket}/${encodeURIComponent(call.key)}`),
    element('Bucket', call.bucket),
    element('Key', call.key),
    element('ETag', `"${version.eTag}"`),
    ...checksumElements(version),
  );

const parseParts = (xml: string): readonly StatedPart[] => {
  const root = readXml(xml);
  const parts = childrenNamed(root, 'Part').map((part) => {
    const number = Number(textOf(part, 'PartNumber'));
    const eTag = textOf(part, 'ETag')
      ?.trim()
      .replace(/^"(.*)"$/, '$1');
    if (!Number.isInteger(number) || eTag === undefined) throw new S3Error('MalformedXML');
    if (number < 1) throw invalidArgument('PartNumber must be >= 1', 'PartNumber', String(number));
    return { number, eTag, element: part };
  });
  if (root.name !== 'CompleteMultipartUpload' || parts.length === 0) throw new S3Error('MalformedXML');
  parts.forEach((part, index) => {
    if (index > 0 && part.number <= (parts[index - 1]?.number ?? 0)) throw new S3Error('InvalidPartOrder');
  });
  return parts;
};

/** The uploaded parts that the list names. Those that it leaves out are forgotten with the upload. */
const matchParts = ({ store, limits }: Context, upload: Upload, stated: readonly StatedPart[]): readonly Part[] =>
  stated.map(({ number, eTag, element: listed }, index) => {
    const part = store.uploads.findPart(upload.id, number);
    if (part?.eTag !== eTag) {
      throw new S3Error('InvalidPart', { details: { UploadId: upload.id, PartNumber: String(number), ETag: eTag } });
    }
    if (upload.checksum !== undefined) matchChecksum(upload.checksum, part, listed);
    if (index < stated.length - 1 && part.size < limits.minimumPartBytes) {
      throw new S3Error('EntityTooSmall', {
        details: {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(limits.minimumPartBytes),
          PartNumber: String(number),
          ETag: eTag,
        },
      });
    }
    return part;
  });

const matchChecksum = ({ algorithm, type }: NonNullable<Upload['checksum']>, part: Part, listed: XmlElement): void => {
  const stated = textOf(listed, elementOf(algorithm));
  if (stated === undefined && type === 'COMPOSITE') {
    throw new S3Error('InvalidRequest', {
      message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${String(part.number)} in the request.`,
    });
  }
  if (stated !== undefined && stated !== part.checksum?.value) {
    throw new S3Error('InvalidPart', { details: { PartNumber: String(part.number) } });
  }
};

/** As S3 has it, the object dates from the time when the upload was begun, and its eTag is of the parts' eTags. */
const join = ({ store }: Context, call: Call, upload: Upload, parts: readonly Part[]): NewObject => {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.eTag, 'hex'));
  const partSizes = parts.map((part) => part.size);
  const size = partSizes.reduce((sum, bytes) => sum + bytes, 0);
  const statedSize = headerOf(call, 'x-amz-mp-object-size');
  if (statedSize !== undefined && Number(statedSize) !== size) {
    throw new S3Error('InvalidRequest', {
      message: `The provided 'x-amz-mp-object-size' header does not match what was computed: ${String(size)}`,
    });
  }
  const checksum = checksumOfWhole(call, upload, parts);
  return {
    segments: parts.flatMap((part) => store.contents.of(part.content)),
    size,
    eTag: `${md5.digest('hex')}-${String(parts.length)}`,
    headers: upload.headers,
    tags: upload.tags,
    modifiedMs: upload.initiatedMs,
    partSizes,
    ...(checksum && { checksum }),
  };
};

const checksumOfWhole = (call: Call, { checksum: kind }: Upload, parts: readonly Part[]): Checksum | undefined => {
  if (kind === undefined) return undefined;
  const askedType = headerOf(call, 'x-amz-checksum-type');
  if (askedType !== undefined && askedType !== kind.type) {
    throw new S3Error('InvalidRequest', {
      message: `The upload was created using the ${kind.type} checksum mode. The complete request must use the same checksum mode.`,
    });
  }
  const values = parts.map((part) => ({ value: part.checksum?.value ?? '', bytes: part.size }));
  const checksum = sumUp(kind.algorithm, kind.type, values);
  const stated = headerOf(call, checksumHeaderOf(kind.algorithm));
  if (stated !== undefined && stated !== checksum.value) {
    throw new S3Error('BadDigest', {
      message: `The ${kind.algorithm} you specified did not match the calculated checksum.`,
    });
  }
  return { ...checksum, ofParts: values.map(({ value }) => value) };
};
