import { elementOf } from '../checksums.ts';
import type { Operation } from '../context.ts';
import { isoSeconds, owner, parseEncoding, parseMost } from '../list-parameters.ts';
import { listPage } from '../listing.ts';
import { sequenceOf } from '../store/ids.ts';
import { element, xmlDocument } from '../xml-writer.ts';
import { commonPrefixElements } from './list-objects.ts';
import { findOpenUpload } from './upload-parts.ts';

export const listMultipartUploads: Operation = ({ store }, call) => {
  store.buckets.get(call.bucket);
  const most = parseMost(call, 'max-uploads');
  const { encode, node } = parseEncoding(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const keyMarker = call.query.get('key-marker') ?? '';
  const uploadIdMarker = call.query.get('upload-id-marker') ?? '';
  // Without the key it belongs to, S3 ignores an upload id marker.
  const resume = keyMarker === '' ? undefined : sequenceOf(uploadIdMarker);
  const page = listPage({
    prefix,
    delimiter,
    after: keyMarker,
    resumeWithin: resume !== undefined,
    most,
    scan: (from, isFirst) => store.uploads.scan(call.bucket, from, isFirst ? resume : undefined),
  });
  const { last } = page;
  const nextKey = last === undefined ? '' : 'row' in last ? last.row.key : last.commonPrefix;
  return {
    status: 200,
    body: xmlDocument(
      'ListMultipartUploadsResult',
      element('Bucket', call.bucket),
      element('KeyMarker', encode(keyMarker)),
      element('UploadIdMarker', uploadIdMarker),
      page.isTruncated ? element('NextKeyMarker', encode(nextKey)) : undefined,
      page.isTruncated && last !== undefined && 'row' in last ? element('NextUploadIdMarker', last.row.id) : undefined,
      element('Prefix', encode(prefix)),
      delimiter === '' ? undefined : element('Delimiter', encode(delimiter)),
      node,
      element('MaxUploads', most),
      element('IsTruncated', page.isTruncated),
      ...page.rows.map((upload) =>
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
        ),
      ),
      ...commonPrefixElements(page.commonPrefixes, encode),
    ),
  };
};

export const listParts: Operation = (context, call) => {
  const upload = findOpenUpload(context, call);
  const most = parseMost(call, 'max-parts');
  const marker = Number(call.query.get('part-number-marker') ?? 0);
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
