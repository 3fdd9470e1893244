import { type Checksum, elementOf } from '../checksums.ts';
import { type Call, headerOf, type Operation } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { shownVersionId } from '../writes.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';
import { findVersion } from './get-object.ts';

const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** Exactly the attributes that are asked for; unlike everywhere else, the eTag is without quotes here. */
export const getObjectAttributes: Operation = ({ store }, call) => {
  const bucket = store.buckets.get(call.bucket);
  const version = findVersion({ store }, bucket, call.key, call.query.get('versionId') ?? undefined);
  const header = headerOf(call, 'x-amz-object-attributes') ?? '';
  const asked = new Set(header.split(',').map((name) => name.trim()));
  if ([...asked].some((name) => !known.includes(name))) {
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', header);
  }
  const { checksum, partSizes } = version;
  const wants = (name: string) => asked.has(name);
  return {
    status: 200,
    headers: {
      'last-modified': new Date(version.modifiedMs).toUTCString(),
      'x-amz-version-id': shownVersionId(bucket, version),
    },
    body: xmlDocument(
      'GetObjectAttributesResponse',
      wants('ETag') ? element('ETag', version.eTag) : undefined,
      wants('Checksum') && checksum !== undefined
        ? element(
            'Checksum',
            element(elementOf(checksum.algorithm), checksum.value),
            element('ChecksumType', checksum.type),
          )
        : undefined,
      wants('ObjectParts') && partSizes !== undefined ? partsElement(call, partSizes, checksum) : undefined,
      wants('StorageClass') ? element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD') : undefined,
      wants('ObjectSize') ? element('ObjectSize', version.size) : undefined,
    ),
  };
};

const mostParts = 1000;

/** The parts themselves, by pages, are told only of an object with a checksum, as S3 has it; else their number. */
const partsElement = (call: Call, sizes: readonly number[], checksum: Checksum | undefined): XmlNode => {
  const count = element('PartsCount', sizes.length);
  if (checksum?.ofParts === undefined) return element('ObjectParts', count);
  const { algorithm, ofParts } = checksum;
  const marker = pageNumber(call, 'x-amz-part-number-marker', 0);
  const most = Math.min(pageNumber(call, 'x-amz-max-parts', mostParts), mostParts);
  const page = sizes.map((size, index) => ({ size, index })).slice(marker, marker + most);
  return element(
    'ObjectParts',
    count,
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', marker + page.length),
    element('MaxParts', most),
    element('IsTruncated', marker + page.length < sizes.length),
    ...page.map(({ size, index }) =>
      element(
        'Part',
        element('PartNumber', index + 1),
        element('Size', size),
        element(elementOf(algorithm), ofParts[index] ?? ''),
      ),
    ),
  );
};

const pageNumber = (call: Call, name: string, byDefault: number): number => {
  const text = headerOf(call, name);
  if (text === undefined) return byDefault;
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument('Provided argument is not an integer.', name, text);
  return Number(text);
};
