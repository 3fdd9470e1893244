import { judgeDelete } from '../conditions.ts';
import { type Call, type Context, headerOf, type Operation } from '../context.ts';
import { checkKey } from '../address.ts';
import { notImplemented, S3Error } from '../errors.ts';
import { receiveText } from '../receive-body.ts';
import { currentObject, type Deletion, deleteCurrent, deleteVersion, emitRemoved } from '../writes.ts';
import { childrenNamed, readXml, textOf, type XmlElement } from '../xml-reader.ts';
import { element, xmlDocument, type XmlNode } from '../xml-writer.ts';

type Wanted = Readonly<{ key: string; versionId: string | undefined; ifMatch: string | undefined }>;
/** An entry of a batch, with the conditions in it that this S3 does not judge. */
type Entry = Wanted & Readonly<{ unjudged: readonly string[] }>;

const mostKeys = 1000;

/** Answers 204 whether or not there was anything to delete. */
export const deleteObject: Operation = (context, call) => {
  for (const name of ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size']) {
    if (call.headers[name] !== undefined) throw notImplemented(`DeleteObject with ${name}`);
  }
  const versionId = call.query.get('versionId') ?? undefined;
  const deletion = remove(context, call, { key: call.key, versionId, ifMatch: headerOf(call, 'if-match') });
  const isMarker =
    deletion.marker !== undefined || (versionId !== undefined && deletion.removed?.isDeleteMarker === true);
  return {
    status: 204,
    headers: {
      'x-amz-version-id': versionId ?? deletion.marker?.versionId,
      'x-amz-delete-marker': isMarker ? 'true' : undefined,
    },
  };
};

/** Up to 1,000 keys, each with its own verdict inside one 200. */
export const deleteObjects: Operation = async (context, call) => {
  context.store.buckets.get(call.bucket);
  const isChecked =
    call.headers['content-md5'] !== undefined ||
    call.headers['x-amz-trailer'] !== undefined ||
    Object.keys(call.headers).some((name) => /^x-amz-checksum-(crc|sha)/.test(name));
  if (!isChecked) {
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  }
  const root = readXml(await receiveText(call));
  const objects = childrenNamed(root, 'Object');
  if (root.name !== 'Delete' || objects.length === 0 || objects.length > mostKeys) throw new S3Error('MalformedXML');
  const wanted = objects.map(parseEntry);
  const quiet = textOf(root, 'Quiet') === 'true';
  const results = wanted.flatMap((object) => removeOne(context, call, object, quiet));
  return { status: 200, body: xmlDocument('DeleteResult', ...results) };
};

const parseEntry = (object: XmlElement): Entry => {
  const key = textOf(object, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  const unjudged = ['LastModifiedTime', 'Size'].filter((name) => textOf(object, name) !== undefined);
  return { key, versionId: textOf(object, 'VersionId'), ifMatch: textOf(object, 'ETag'), unjudged };
};

const removeOne = (context: Context, call: Call, wanted: Entry, quiet: boolean): readonly XmlNode[] => {
  const names = [
    element('Key', wanted.key),
    wanted.versionId === undefined ? undefined : element('VersionId', wanted.versionId),
  ];
  try {
    checkKey(wanted.key);
    const [condition] = wanted.unjudged;
    if (condition !== undefined) throw notImplemented(`DeleteObjects with ${condition}`);
    const { marker, removed } = remove(context, call, wanted);
    if (quiet) return [];
    const markerId = marker?.versionId ?? (removed?.isDeleteMarker === true ? wanted.versionId : undefined);
    return [
      element(
        'Deleted',
        ...names,
        markerId === undefined ? undefined : element('DeleteMarker', true),
        markerId === undefined ? undefined : element('DeleteMarkerVersionId', markerId),
      ),
    ];
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return [element('Error', ...names, element('Code', error.code), element('Message', error.message))];
  }
};

/** Judges and deletes in one transaction. The condition is on the current object, also when a version is named. */
const remove = (context: Context, call: Call, { key, versionId, ifMatch }: Wanted): Deletion => {
  const { store } = context;
  const deletion = store.commit(() => {
    const bucket = store.buckets.get(call.bucket);
    judgeDelete(ifMatch, currentObject(store, bucket.name, key));
    return versionId === undefined
      ? deleteCurrent(store, bucket, key, context.now().getTime())
      : deleteVersion(store, bucket, key, versionId);
  });
  emitRemoved(context, call, key, deletion);
  return deletion;
};
