import { checkKey } from '../address.ts';
import { type Answer, type Call, headerOf, type Operation } from '../context.ts';
import { S3Error } from '../errors.ts';
import { readForm } from '../form-body.ts';
import { parseObjectHeaders } from '../object-headers.ts';
import { judgePolicy } from '../post-policy.ts';
import { discard, rawBodyOf, storeBody } from '../receive-body.ts';
import type { ObjectVersion } from '../store/versions.ts';
import { parseTagging } from '../tags.ts';
import { emitCreated, putObject, shownVersionId } from '../writes.ts';
import { element, xmlDocument } from '../xml-writer.ts';

/** An upload from a browser's form. Its fields stand for what are headers in `PutObject`. */
export const postObject: Operation = async (context, call) => {
  const { store, limits } = context;
  store.buckets.get(call.bucket);
  const { fields, fileName, file } = await readForm(headerOf(call, 'content-type') ?? '', rawBodyOf(call));
  const key = fields.get('key')?.replaceAll('${filename}', fileName);
  if (key === undefined || key === '') {
    throw new S3Error('InvalidArgument', { message: "Bucket POST must contain a field named 'key'." });
  }
  checkKey(key);
  const range = judgePolicy(new Map([...fields, ['key', key]]), call.bucket, context.now());
  const headers = { ...Object.fromEntries(fields), 'x-amz-acl': fields.get('acl') };
  const kept = parseObjectHeaders(headers);
  const tagging = fields.get('tagging');
  const tags = tagging === undefined ? {} : parseTagging(tagging);
  const mostBytes = Math.min(range?.mostBytes ?? Infinity, limits.maximumUploadBytes);
  const leastBytes = range?.leastBytes ?? 0;
  const received = await storeBody(context, { bytes: file, headers, trailers: new Map(), leastBytes, mostBytes });
  try {
    const { bucket, version } = store.commit(() => {
      const owner = store.buckets.get(call.bucket);
      const object = { ...received, headers: kept, tags, modifiedMs: context.now().getTime() };
      return { bucket: owner, version: putObject(store, owner, key, object) };
    });
    emitCreated(context, call, 'Post', version);
    return answerOf(call, fields, version, shownVersionId(bucket, version));
  } catch (error) {
    discard(context, received.segments);
    throw error;
  }
};

/** The sender of the form chooses what the browser is to see. */
const answerOf = (
  call: Call,
  fields: ReadonlyMap<string, string>,
  version: ObjectVersion,
  versionId: string | undefined,
): Answer => {
  const location = `http://${call.headers.host ?? 'localhost'}/${call.bucket}/${encodeURIComponent(version.key)}`;
  const headers = { etag: `"${version.eTag}"`, location, 'x-amz-version-id': versionId };
  const redirect = fields.get('success_action_redirect');
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect);
    target.searchParams.set('bucket', call.bucket);
    target.searchParams.set('key', version.key);
    target.searchParams.set('etag', headers.etag);
    return { status: 303, headers: { ...headers, location: target.href } };
  }
  const status = fields.get('success_action_status');
  if (status !== '201') return { status: status === '200' ? 200 : 204, headers };
  const elements = [element('Bucket', call.bucket), element('Key', version.key), element('ETag', headers.etag)];
  return { status: 201, headers, body: xmlDocument('PostResponse', element('Location', location), ...elements) };
};
