import { elementOf, headerOf as checksumHeaderOf, refuseOtherAlgorithm } from '../checksums.ts';
import { judgeWrite, judgeWriteAgain, parseWriteCondition } from '../conditions.ts';
import { type Call, headerOf, type Operation } from '../context.ts';
import { invalidArgument } from '../errors.ts';
import { parseObjectHeaders } from '../object-headers.ts';
import { discard, receiveBody } from '../receive-body.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { parseTagHeader } from '../tags.ts';
import { currentObject, emitCreated, putObject as put, shownVersionId } from '../writes.ts';
import { element, type XmlNode } from '../xml-writer.ts';

/** Conditions are judged twice: at once, to spare an upload in vain, and with the write, in one transaction. */
export const putObject: Operation = async (context, call) => {
  const { store } = context;
  refuseForeignParameters(call);
  refuseOtherAlgorithm(call.headers);
  store.buckets.get(call.bucket);
  const headers = parseObjectHeaders(call.headers);
  const tags = parseTagHeader(headerOf(call, 'x-amz-tagging'));
  const condition = parseWriteCondition(call.headers);
  judgeWrite(condition, currentObject(store, call.bucket, call.key));
  const received = await receiveBody(context, call);
  try {
    const { bucket, version } = store.commit(() => {
      const owner = store.buckets.get(call.bucket);
      judgeWriteAgain(condition, currentObject(store, call.bucket, call.key));
      const object = { ...received, headers, tags, modifiedMs: context.now().getTime() };
      return { bucket: owner, version: put(store, owner, call.key, object) };
    });
    emitCreated(context, call, 'Put', version);
    return {
      status: 200,
      headers: {
        etag: `"${version.eTag}"`,
        'x-amz-version-id': shownVersionId(bucket, version),
        'x-amz-server-side-encryption': headers['x-amz-server-side-encryption'],
        ...checksumHeaders(version),
      },
    };
  } catch (error) {
    discard(context, received.segments);
    throw error;
  }
};

/** What belongs to a part or to a version must not be taken for a plain write of the whole object. */
export const refuseForeignParameters = ({ query }: Call): void => {
  if (query.has('partNumber')) {
    const message = 'This operation does not accept partNumber without uploadId';
    throw invalidArgument(message, 'partNumber', 'partNumber');
  }
  const versionId = query.get('versionId');
  if (versionId === null) return;
  throw invalidArgument('This operation does not accept a version-id.', 'versionId', versionId);
};

export const checksumHeaders = ({ checksum }: Pick<ObjectVersion, 'checksum'>): Record<string, string> =>
  checksum === undefined
    ? {}
    : { [checksumHeaderOf(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };

export const checksumElements = ({ checksum }: Pick<ObjectVersion, 'checksum'>): readonly XmlNode[] =>
  checksum === undefined
    ? []
    : [element(elementOf(checksum.algorithm), checksum.value), element('ChecksumType', checksum.type)];

/** Whether a read is to tell the checksum. */
export const asksForChecksum = (call: Call): boolean =>
  headerOf(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
