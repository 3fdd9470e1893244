import { parseAlgorithm } from '../checksums.ts';
import { judgeWrite, judgeWriteAgain, parseWriteCondition } from '../conditions.ts';
import { type Call, type Context, headerOf, type Operation } from '../context.ts';
import { type CopySource, digest, findCopySource, whileHeld } from '../copy-source.ts';
import { invalidArgument, S3Error } from '../errors.ts';
import { isoSeconds } from '../list-parameters.ts';
import { parseObjectHeaders } from '../object-headers.ts';
import { parseTagHeader } from '../tags.ts';
import { currentObject, emitCreated, putObject, shownVersionId } from '../writes.ts';
import { element, xmlDocument } from '../xml-writer.ts';
import { checksumElements, refuseForeignParameters } from './put-object.ts';

/** A copy is a new object with the bodies of its source; its eTag is the MD5 of the bytes, whatever the source's is. */
export const copyObject: Operation = async (context, call) => {
  const { store, limits } = context;
  refuseForeignParameters(call);
  store.buckets.get(call.bucket);
  const condition = parseWriteCondition(call.headers);
  const source = findCopySource(context, call);
  const replaces = parseDirective(call, 'x-amz-metadata-directive') === 'REPLACE';
  const replacesTags = parseDirective(call, 'x-amz-tagging-directive') === 'REPLACE';
  const headers = headersOfCopy(call, source, replaces);
  refuseIdleCopy(call, source, replaces, headers);
  if (source.version.size > limits.maximumUploadBytes) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${String(limits.maximumUploadBytes)}`,
    });
  }
  judgeWrite(condition, currentObject(store, call.bucket, call.key));
  const tags = replacesTags ? parseTagHeader(headerOf(call, 'x-amz-tagging')) : source.version.tags;

  const { bucket, version } = await whileHeld(context, source.segments, async () => {
    const digests = await digestsOf(context, call, source);
    return store.commit(() => {
      const owner = store.buckets.get(call.bucket);
      judgeWriteAgain(condition, currentObject(store, call.bucket, call.key));
      const object = { segments: source.segments, size: source.version.size, headers, tags, ...digests };
      return {
        bucket: owner,
        version: putObject(store, owner, call.key, { ...object, modifiedMs: context.now().getTime() }),
      };
    });
  });
  emitCreated(context, call, 'Copy', version);
  return {
    status: 200,
    headers: {
      'x-amz-version-id': shownVersionId(bucket, version),
      'x-amz-copy-source-version-id': shownVersionId(source.bucket, source.version),
    },
    body: xmlDocument(
      'CopyObjectResult',
      element('LastModified', isoSeconds(version.modifiedMs)),
      element('ETag', `"${version.eTag}"`),
      ...checksumElements(version),
    ),
  };
};

const parseDirective = (call: Call, name: string): 'COPY' | 'REPLACE' => {
  const value = headerOf(call, name) ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(`Unknown ${name}.`, name, value);
  return value;
};

const ofTheCopyAlone = ['x-amz-storage-class', 'x-amz-website-redirect-location', 'x-amz-server-side-encryption'];

/** With `COPY` the object keeps everything but what S3 takes from the request alone. */
const headersOfCopy = (call: Call, source: CopySource, replaces: boolean): Readonly<Record<string, string>> => {
  const asked = parseObjectHeaders(call.headers);
  if (replaces) return asked;
  const kept = Object.entries(source.version.headers).filter(([name]) => !ofTheCopyAlone.includes(name));
  const own = Object.entries(asked).filter(([name]) => ofTheCopyAlone.includes(name));
  return Object.fromEntries([...kept, ...own]);
};

/** An object may be copied onto itself only to change something; an older version may be brought back as it is. */
const refuseIdleCopy = (
  call: Call,
  source: CopySource,
  replaces: boolean,
  headers: Readonly<Record<string, string>>,
): void => {
  const { version, namesVersion } = source;
  if (version.bucket !== call.bucket || version.key !== call.key || replaces) return;
  if (namesVersion && !version.isLatest) return;
  const changes =
    headers['x-amz-storage-class'] !== version.headers['x-amz-storage-class'] ||
    call.headers['x-amz-website-redirect-location'] !== undefined ||
    call.headers['x-amz-server-side-encryption'] !== undefined;
  if (changes) return;
  throw new S3Error('InvalidRequest', {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  });
};

/** Known already for an object of one upload; of a multipart one the bytes have to be read. */
const digestsOf = async (context: Context, call: Call, { version, segments }: CopySource) => {
  const asked = headerOf(call, 'x-amz-checksum-algorithm');
  const algorithm = asked === undefined ? version.checksum?.algorithm : parseAlgorithm(asked);
  const isKnown = version.partSizes === undefined && algorithm === version.checksum?.algorithm;
  if (!isKnown) return digest(context, segments, algorithm);
  return { eTag: version.eTag, ...(version.checksum && { checksum: version.checksum }) };
};
