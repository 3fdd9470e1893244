import type { Call } from '../context.ts';
import { parseEncoding, parseMost } from '../list-parameters.ts';
import { lastName, listPage } from '../listing.ts';
import type { Position } from '../store/versions.ts';
import { element, type XmlNode } from '../xml-writer.ts';
import { commonPrefixElements } from './list-objects.ts';

/** A list in which a key has several rows, so that a page may end, and the next one begin, in the middle of a key. */
type MarkedList<Row> = Readonly<{
  /** What tells the rows of a key apart, as S3 names it: `VersionId`. */
  id: string;
  /** What bounds a page: `MaxKeys`. */
  most: string;
  /** The place of the marked row among those of its key; `undefined` where the page begins after the key. */
  placeOf(keyMarker: string, idMarker: string): number | undefined;
  /** Rows from a position on; within its first key only those that come after that place. */
  scan(from: Position, place: number | undefined): Iterable<Row>;
  idOf(row: Row): string;
  toElement(row: Row, encode: (name: string) => string): XmlNode;
}>;

/** Everything of the answer but the name of its bucket. */
export const listByMarkers = <Row extends Readonly<{ key: string }>>(
  call: Call,
  list: MarkedList<Row>,
): readonly (XmlNode | undefined)[] => {
  const most = parseMost(call, inQuery(list.most));
  const { encode, node } = parseEncoding(call);
  const asked = (name: string): string => call.query.get(name) ?? '';
  const [prefix, delimiter] = [asked('prefix'), asked('delimiter')];
  const [keyMarker, idMarker] = [asked('key-marker'), asked(`${inQuery(list.id)}-marker`)];
  const place = list.placeOf(keyMarker, idMarker);
  const page = listPage({
    prefix,
    delimiter,
    after: keyMarker,
    resumeWithin: place !== undefined,
    most,
    scan: (from, isFirst) => list.scan(from, isFirst ? place : undefined),
  });
  const { isTruncated, last, rows, commonPrefixes } = page;
  return [
    element('KeyMarker', encode(keyMarker)),
    element(`${list.id}Marker`, idMarker),
    isTruncated ? element('NextKeyMarker', encode(lastName(page))) : undefined,
    isTruncated && last !== undefined && 'row' in last
      ? element(`Next${list.id}Marker`, list.idOf(last.row))
      : undefined,
    element('Prefix', encode(prefix)),
    delimiter === '' ? undefined : element('Delimiter', encode(delimiter)),
    node,
    element(list.most, most),
    element('IsTruncated', isTruncated),
    ...rows.map((row) => list.toElement(row, encode)),
    ...commonPrefixElements(commonPrefixes, encode),
  ];
};

/** `VersionId` is `version-id` in a query. */
const inQuery = (name: string): string => name.replace(/\B[A-Z]/g, '-$&').toLowerCase();
