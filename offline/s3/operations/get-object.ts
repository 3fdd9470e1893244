import { judgeRead } from '../conditions.ts';
import { type Answer, type Call, type Context, headerOf, type Operation } from '../context.ts';
import { invalidArgument, S3Error } from '../errors.ts';
import { checkHeaderValue, toMailSafe } from '../header-values.ts';
import { parseRange, type Stretch } from '../ranges.ts';
import type { Bucket } from '../store/buckets.ts';
import { slice } from '../store/contents.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { checkVersionId, shownVersionId } from '../writes.ts';
import { asksForChecksum, checksumHeaders } from './put-object.ts';

/** Query parameters by which the caller chooses headers of the answer. */
const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

export const getObject: Operation = (context, call) => {
  const { answer, version, stretch } = readHead(context, call);
  if (answer.status === 304) return answer;
  const segments = context.store.contents.of(version.id);
  return { ...answer, body: context.store.bodies.read(stretch === undefined ? segments : slice(segments, stretch)) };
};

export const headObject: Operation = (context, call) => readHead(context, call).answer;

const readHead = (
  { store, now }: Context,
  call: Call,
): Readonly<{ answer: Answer; version: ObjectVersion; stretch?: Stretch }> => {
  const bucket = store.buckets.get(call.bucket);
  const version = findVersion({ store }, bucket, call.key, call.query.get('versionId') ?? undefined);
  const headers = objectHeaders(bucket, version, call);
  if (judgeRead(call.headers, version, now()) === 'not-modified') {
    const { etag, 'last-modified': lastModified, 'x-amz-version-id': versionId } = headers;
    return {
      answer: { status: 304, headers: { etag, 'last-modified': lastModified, 'x-amz-version-id': versionId } },
      version,
    };
  }
  const part = requestedPart(call, version);
  const stretch = part ?? parseRange(headerOf(call, 'range'), version.size);
  if (stretch === undefined) {
    const checksums = asksForChecksum(call) ? checksumHeaders(version) : {};
    return {
      answer: { status: 200, headers: { ...headers, ...checksums, 'content-length': String(version.size) } },
      version,
    };
  }
  const end = stretch.start + stretch.length - 1;
  const range = {
    'content-length': String(stretch.length),
    'content-range':
      stretch.length === 0 ? undefined : `bytes ${String(stretch.start)}-${String(end)}/${String(version.size)}`,
    'x-amz-mp-parts-count':
      part === undefined || version.partSizes === undefined ? undefined : String(version.partSizes.length),
    ...(part !== undefined && asksForChecksum(call) ? checksumHeaders(checksumOfPart(version, part.number)) : {}),
  };
  return { answer: { status: 206, headers: { ...headers, ...range } }, version, stretch };
};

/** Throws as S3 does where there is no object, no such version, or a delete marker. */
export const findVersion = (
  { store }: Pick<Context, 'store'>,
  bucket: Bucket,
  key: string,
  versionId?: string,
): ObjectVersion => {
  if (versionId !== undefined) checkVersionId(versionId);
  const version =
    versionId === undefined
      ? store.versions.latest(bucket.name, key)
      : store.versions.find(bucket.name, key, versionId);
  if (version === undefined) {
    if (versionId === undefined) throw new S3Error('NoSuchKey', { details: { Key: key } });
    throw new S3Error('NoSuchVersion', { details: { Key: key, VersionId: versionId } });
  }
  if (!version.isDeleteMarker) return version;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  if (versionId === undefined) throw new S3Error('NoSuchKey', { details: { Key: key }, headers });
  throw new S3Error('MethodNotAllowed', {
    details: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE', 'last-modified': new Date(version.modifiedMs).toUTCString() },
  });
};

const objectHeaders = (bucket: Bucket, version: ObjectVersion, call: Call): Record<string, string | undefined> => {
  const headers: Record<string, string | undefined> = {
    ...sentHeaders(version),
    'accept-ranges': 'bytes',
    etag: `"${version.eTag}"`,
    'last-modified': new Date(version.modifiedMs).toUTCString(),
    'x-amz-version-id': shownVersionId(bucket, version),
  };
  const tags = Object.keys(version.tags).length;
  if (tags > 0) headers['x-amz-tagging-count'] = String(tags);
  for (const name of overrides) {
    const value = call.query.get(`response-${name}`);
    if (value === null) continue;
    checkHeaderValue(`response-${name}`, value);
    headers[name] = value;
  }
  return headers;
};

const sentHeaders = ({ headers }: ObjectVersion): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, name.startsWith('x-amz-meta-') ? toMailSafe(value) : value]),
  );

/** `partNumber` of a read; an object that was not uploaded in parts has one part. */
const requestedPart = (call: Call, version: ObjectVersion): (Stretch & { number: number }) | undefined => {
  const text = call.query.get('partNumber');
  if (text === null) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
  }
  if (headerOf(call, 'range') !== undefined) {
    throw new S3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' });
  }
  const sizes = version.partSizes ?? [version.size];
  const number = Number(text);
  const length = sizes[number - 1];
  if (length === undefined) throw new S3Error('InvalidPartNumber');
  return { start: sizes.slice(0, number - 1).reduce((sum, size) => sum + size, 0), length, number };
};

/** A part is told with its own checksum, so that a reader can verify what it gets. */
const checksumOfPart = ({ checksum, partSizes }: ObjectVersion, number: number): Pick<ObjectVersion, 'checksum'> => {
  if (checksum === undefined || partSizes === undefined) return checksum === undefined ? {} : { checksum };
  const value = checksum.ofParts?.[number - 1];
  return value === undefined ? {} : { checksum: { ...checksum, value } };
};
