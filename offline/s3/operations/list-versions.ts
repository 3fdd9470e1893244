import type { Context, Operation } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { isoSeconds, owner } from '../list-parameters.ts';
import { sequenceOf } from '../store/ids.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { checkVersionId } from '../writes.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';
import { listByMarkers } from './list-by-markers.ts';

/** Versions and delete markers together, keys in byte order, the newest of a key first. */
export const listObjectVersions: Operation = ({ store }, call) => {
  store.buckets.get(call.bucket);
  const answer = listByMarkers(call, {
    id: 'VersionId',
    most: 'MaxKeys',
    placeOf: (keyMarker, idMarker) => placeOf(store, call.bucket, keyMarker, idMarker),
    scan: (from, place) => store.versions.scanAll(call.bucket, from, place),
    idOf: ({ versionId }) => versionId,
    toElement: versionElement,
  });
  return { status: 200, body: xmlDocument('ListVersionsResult', element('Name', call.bucket), ...answer) };
};

const placeOf = (
  { versions }: Context['store'],
  bucket: string,
  keyMarker: string,
  marker: string,
): number | undefined => {
  if (marker === '') return undefined;
  if (keyMarker === '') {
    const why = 'A version-id marker cannot be specified without a key marker.';
    throw invalidArgument(why, 'version-id-marker', marker);
  }
  checkVersionId(marker);
  // A marker that is gone and tells no order: rather all of its key once more than one version too few.
  return sequenceOf(marker) ?? versions.find(bucket, keyMarker, marker)?.id ?? Number.MAX_SAFE_INTEGER;
};

const versionElement = (version: ObjectVersion, encode: (name: string) => string): XmlNode => {
  const names = [
    element('Key', encode(version.key)),
    element('VersionId', version.versionId),
    element('IsLatest', version.isLatest),
    element('LastModified', isoSeconds(version.modifiedMs)),
  ];
  if (version.isDeleteMarker) return element('DeleteMarker', ...names, owner());
  return element(
    'Version',
    ...names,
    element('ETag', `"${version.eTag}"`),
    version.checksum && element('ChecksumAlgorithm', version.checksum.algorithm),
    version.checksum && element('ChecksumType', version.checksum.type),
    element('Size', version.size),
    owner(),
    element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD'),
  );
};
