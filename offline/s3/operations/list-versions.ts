import type { Operation } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { isoSeconds, owner, parseEncoding, parseMost } from '../list-parameters.ts';
import { listPage } from '../listing.ts';
import { sequenceOf } from '../store/ids.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { checkVersionId } from '../writes.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';
import { commonPrefixElements } from './list-objects.ts';

/** Versions and delete markers together, keys in byte order, the newest of a key first. */
export const listObjectVersions: Operation = ({ store }, call) => {
  store.buckets.get(call.bucket);
  const most = parseMost(call, 'max-keys');
  const { encode, node } = parseEncoding(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const keyMarker = call.query.get('key-marker') ?? '';
  const versionIdMarker = call.query.get('version-id-marker') ?? '';
  if (versionIdMarker !== '') {
    if (keyMarker === '') {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        versionIdMarker,
      );
    }
    checkVersionId(versionIdMarker);
  }
  const marked = sequenceOf(versionIdMarker) ?? store.versions.find(call.bucket, keyMarker, versionIdMarker)?.id;
  // A marker that is gone and tells no order: rather all of its key once more than one version too few.
  const resume = versionIdMarker === '' ? undefined : (marked ?? Number.MAX_SAFE_INTEGER);
  const page = listPage({
    prefix,
    delimiter,
    after: keyMarker,
    resumeWithin: resume !== undefined,
    most,
    scan: (from, isFirst) => store.versions.scanAll(call.bucket, from, isFirst ? resume : undefined),
  });
  const { last } = page;
  const nextKey = last === undefined ? '' : 'row' in last ? last.row.key : last.commonPrefix;
  return {
    status: 200,
    body: xmlDocument(
      'ListVersionsResult',
      element('Name', call.bucket),
      element('Prefix', encode(prefix)),
      element('KeyMarker', encode(keyMarker)),
      element('VersionIdMarker', versionIdMarker),
      page.isTruncated ? element('NextKeyMarker', encode(nextKey)) : undefined,
      page.isTruncated && last !== undefined && 'row' in last
        ? element('NextVersionIdMarker', last.row.versionId)
        : undefined,
      element('MaxKeys', most),
      delimiter === '' ? undefined : element('Delimiter', encode(delimiter)),
      node,
      element('IsTruncated', page.isTruncated),
      ...page.rows.map((version) => versionElement(version, encode)),
      ...commonPrefixElements(page.commonPrefixes, encode),
    ),
  };
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
