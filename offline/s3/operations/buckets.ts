import type { Call, Operation } from '../context.ts';
import { notImplemented, S3Error } from '../errors.ts';
import { isoSeconds, owner, parseToken, toToken } from '../list-parameters.ts';
import { receiveText } from '../receive-body.ts';
import type { Versioning } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import { readXml, textOf } from '../xml-reader.ts';
import { element, xmlDocument } from '../xml-writer.ts';

const region = 'us-east-1';

/** Creates a bucket where there is none. Throws `InvalidBucketName`. */
export const ensureBucket = (store: Store, name: string, nowMs: number, location = ''): void => {
  if (!isBucketName(name)) throw new S3Error('InvalidBucketName', { details: { BucketName: name } });
  store.commit(() => {
    if (store.buckets.find(name) === undefined) {
      store.buckets.create({ name, createdMs: nowMs, location, versioning: '' });
    }
  });
};

const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name);

/** As in us-east-1, creating a bucket that one has already succeeds and changes nothing. */
export const createBucket: Operation = async (context, call) => {
  if (call.headers['x-amz-bucket-object-lock-enabled'] === 'true') throw notImplemented('Object lock');
  const body = await receiveText(call);
  const location = body === '' ? '' : (textOf(readXml(body), 'LocationConstraint') ?? '');
  ensureBucket(context.store, call.bucket, context.now().getTime(), location);
  return { status: 200, headers: { location: `/${call.bucket}` } };
};

export const headBucket: Operation = ({ store }, call) => {
  const { location } = store.buckets.get(call.bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': location === '' ? region : location } };
};

export const deleteBucket: Operation = ({ store }, call) => {
  store.commit(() => {
    store.buckets.get(call.bucket);
    if (!store.versions.isEmpty(call.bucket)) {
      throw new S3Error('BucketNotEmpty', { details: { BucketName: call.bucket } });
    }
    for (const upload of [...store.uploads.scan(call.bucket, { key: Buffer.alloc(0), inclusive: true })]) {
      removeUpload(store, upload.id);
    }
    store.buckets.remove(call.bucket);
  });
  return { status: 204 };
};

/** Forgets an upload and its parts. Only inside `commit`. */
export const removeUpload = (store: Store, id: string): void => {
  for (const part of store.uploads.parts(id)) store.contents.drop(part.content);
  store.uploads.removeParts(id);
  store.uploads.remove(id);
};

export const listBuckets: Operation = ({ store }, call) => {
  const token = call.query.get('continuation-token');
  const after = token === null ? '' : parseToken(token);
  const prefix = call.query.get('prefix') ?? '';
  const most = Number(call.query.get('max-buckets') ?? 10_000);
  const all = store.buckets.list().filter(({ name }) => name > after && name.startsWith(prefix));
  const page = all.slice(0, most);
  const last = page.at(-1);
  return {
    status: 200,
    body: xmlDocument(
      'ListAllMyBucketsResult',
      owner(),
      element(
        'Buckets',
        ...page.map((bucket) =>
          element(
            'Bucket',
            element('Name', bucket.name),
            element('CreationDate', isoSeconds(bucket.createdMs)),
            element('BucketRegion', bucket.location === '' ? region : bucket.location),
          ),
        ),
      ),
      all.length > page.length && last !== undefined ? element('ContinuationToken', toToken(last.name)) : undefined,
      prefix === '' ? undefined : element('Prefix', prefix),
    ),
  };
};

export const getBucketLocation: Operation = ({ store }, call) => ({
  status: 200,
  body: xmlDocument('LocationConstraint', store.buckets.get(call.bucket).location),
});

export const getBucketVersioning: Operation = ({ store }, call) => {
  const { versioning } = store.buckets.get(call.bucket);
  const status = versioning === '' ? undefined : element('Status', versioning);
  return { status: 200, body: xmlDocument('VersioningConfiguration', status) };
};

export const putBucketVersioning: Operation = async (context, call) => {
  const { store } = context;
  store.buckets.get(call.bucket);
  const versioning = parseVersioning(await readConfiguration(call));
  store.commit(() => {
    store.buckets.get(call.bucket);
    store.buckets.setVersioning(call.bucket, versioning);
  });
  return { status: 200 };
};

const readConfiguration = async (call: Call) => readXml(await receiveText(call));

const parseVersioning = (root: ReturnType<typeof readXml>): Versioning => {
  const status = textOf(root, 'Status');
  if (root.name !== 'VersioningConfiguration' || (status !== 'Enabled' && status !== 'Suspended')) {
    throw new S3Error('IllegalVersioningConfigurationException');
  }
  if (textOf(root, 'MfaDelete') === 'Enabled') throw notImplemented('MFA delete');
  return status;
};
