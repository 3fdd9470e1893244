import type { Call, Context, Operation } from '../context.ts';
import { receiveText } from '../receive-body.ts';
import type { Tags } from '../store/versions.ts';
import { parseTagging, taggingDocument } from '../tags.ts';
import { shownVersionId } from '../writes.ts';
import { findVersion } from './get-object.ts';

export const getObjectTagging: Operation = (context, call) => {
  const { version, headers } = find(context, call);
  return { status: 200, headers, body: taggingDocument(version.tags) };
};

/** Tags belong to the version; neither its bytes nor its date change. */
export const putObjectTagging: Operation = async (context, call) => {
  find(context, call);
  const tags = parseTagging(await receiveText(call));
  return { status: 200, headers: setTags(context, call, tags) };
};

export const deleteObjectTagging: Operation = (context, call) => ({ status: 204, headers: setTags(context, call, {}) });

const find = ({ store }: Context, call: Call) => {
  const bucket = store.buckets.get(call.bucket);
  const version = findVersion({ store }, bucket, call.key, call.query.get('versionId') ?? undefined);
  return { version, headers: { 'x-amz-version-id': shownVersionId(bucket, version) } };
};

const setTags = (context: Context, call: Call, tags: Tags) =>
  context.store.commit(() => {
    const { version, headers } = find(context, call);
    context.store.versions.setTags(version.id, tags);
    return headers;
  });
