import { elementOf } from '../checksums.ts';
import type { Operation } from '../context.ts';
import { isoSeconds, owner, parseCount, parseEncoding, parseMost } from '../list-parameters.ts';
import { sequenceOf } from '../store/ids.ts';
import type { Upload } from '../store/uploads.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';
import { listByMarkers } from './list-by-markers.ts';
import { findOpenUpload } from './upload-parts.ts';

export const listMultipartUploads: Operation = ({ store }, call) => {
  store.buckets.get(call.bucket);
  const answer = listByMarkers(call, {
    id: 'UploadId',
    most: 'MaxUploads',
    // Without the key it belongs to, S3 ignores an upload id marker.
    placeOf: (keyMarker, idMarker) => (keyMarker === '' ? undefined : sequenceOf(idMarker)),
    scan: (from, place) => store.uploads.scan(call.bucket, from, place),
    idOf: ({ id }) => id,
    toElement: uploadElement,
  });
  return { status: 200, body: xmlDocument('ListMultipartUploadsResult', element('Bucket', call.bucket), ...answer) };
};

const uploadElement = (upload: Upload, encode: (name: string) => string): XmlNode =>
  element(
    'Upload',
    element('Key', encode(upload.key)),
    element('UploadId', upload.id),
    owner('Initiator'),
    owner(),
    element('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
    element('Initiated', isoSeconds(upload.initiatedMs)),
    upload.checksum && element('ChecksumAlgorithm', upload.checksum.algorithm),
    upload.checksum && element('ChecksumType', upload.checksum.type),
  );

export const listParts: Operation = (context, call) => {
  const upload = findOpenUpload(context, call);
  const most = parseMost(call, 'max-parts');
  const marker = parseCount(call, 'part-number-marker') ?? 0;
  const { encode, node } = parseEncoding(call);
  const following = context.store.uploads.parts(upload.id).filter((part) => part.number > marker);
  const page = following.slice(0, most);
  const isTruncated = page.length < following.length && most > 0;
  return {
    status: 200,
    body: xmlDocument(
      'ListPartsResult',
      element('Bucket', call.bucket),
      element('Key', encode(call.key)),
      node,
      element('UploadId', upload.id),
      owner('Initiator'),
      owner(),
      element('StorageClass', upload.headers['x-amz-storage-class'] ?? 'STANDARD'),
      upload.checksum && element('ChecksumAlgorithm', upload.checksum.algorithm),
      upload.checksum && element('ChecksumType', upload.checksum.type),
      element('PartNumberMarker', marker),
      isTruncated ? element('NextPartNumberMarker', page.at(-1)?.number) : undefined,
      element('MaxParts', most),
      element('IsTruncated', isTruncated),
      ...page.map((part) =>
        element(
          'Part',
          element('PartNumber', part.number),
          element('LastModified', isoSeconds(part.modifiedMs)),
          element('ETag', `"${part.eTag}"`),
          element('Size', part.size),
          part.checksum && element(elementOf(part.checksum.algorithm), part.checksum.value),
        ),
      ),
    ),
  };
};
