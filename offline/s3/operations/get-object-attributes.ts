import { elementOf } from '../checksums.ts';
import { headerOf, type Operation } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { shownVersionId } from '../writes.ts';
import { element, xmlDocument } from '../xml-writer.ts';
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
      wants('ObjectParts') && partSizes !== undefined
        ? element('ObjectParts', element('PartsCount', partSizes.length))
        : undefined,
      wants('StorageClass') ? element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD') : undefined,
      wants('ObjectSize') ? element('ObjectSize', version.size) : undefined,
    ),
  };
};
