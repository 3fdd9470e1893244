import { type Answer, type Call, type Context, type Operation } from '../context.ts';
import { isoSeconds, owner, parseEncoding, parseMost, parseToken, toToken } from '../list-parameters.ts';
import { lastName, listPage, type Page } from '../listing.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';

const xml = (body: string): Answer => ({ status: 200, body });

export const listObjectsV2: Operation = (context, call) => {
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const { page, names, most, encode } = list(
    context,
    call,
    token === null || token === '' ? (startAfter ?? '') : parseToken(token),
  );
  const withOwner = call.query.get('fetch-owner') === 'true';
  return xml(
    xmlDocument(
      'ListBucketResult',
      ...names,
      token === null ? undefined : element('ContinuationToken', token),
      page.isTruncated ? element('NextContinuationToken', toToken(lastName(page))) : undefined,
      startAfter === null ? undefined : element('StartAfter', encode(startAfter)),
      element('KeyCount', page.rows.length + page.commonPrefixes.length),
      element('MaxKeys', most),
      ...entries(page, encode, withOwner),
    ),
  );
};

/** The older list: its marker is a plain key, and it names the next one only when there is a delimiter. */
export const listObjects: Operation = (context, call) => {
  const marker = call.query.get('marker') ?? '';
  const { page, names, most, encode, delimiter } = list(context, call, marker);
  return xml(
    xmlDocument(
      'ListBucketResult',
      ...names,
      element('Marker', encode(marker)),
      page.isTruncated && delimiter !== '' ? element('NextMarker', encode(lastName(page))) : undefined,
      element('MaxKeys', most),
      ...entries(page, encode, true),
    ),
  );
};

const list = ({ store }: Context, call: Call, after: string) => {
  store.buckets.get(call.bucket);
  const most = parseMost(call, 'max-keys');
  const { encode, node } = parseEncoding(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const page = listPage({
    prefix,
    delimiter,
    after,
    most,
    scan: (from) => store.versions.scanCurrent(call.bucket, from),
  });
  const names = [
    element('Name', call.bucket),
    element('Prefix', encode(prefix)),
    delimiter === '' ? undefined : element('Delimiter', encode(delimiter)),
    node,
    element('IsTruncated', page.isTruncated),
  ];
  return { page, names, most, encode, delimiter };
};

const entries = (
  page: Page<ObjectVersion>,
  encode: (name: string) => string,
  withOwner: boolean,
): readonly XmlNode[] => [
  ...page.rows.map((version) =>
    element(
      'Contents',
      element('Key', encode(version.key)),
      element('LastModified', isoSeconds(version.modifiedMs)),
      element('ETag', `"${version.eTag}"`),
      version.checksum && element('ChecksumAlgorithm', version.checksum.algorithm),
      version.checksum && element('ChecksumType', version.checksum.type),
      element('Size', version.size),
      withOwner ? owner() : undefined,
      element('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD'),
    ),
  ),
  ...commonPrefixElements(page.commonPrefixes, encode),
];

export const commonPrefixElements = (
  prefixes: readonly string[],
  encode: (name: string) => string,
): readonly XmlNode[] => prefixes.map((prefix) => element('CommonPrefixes', element('Prefix', encode(prefix))));
