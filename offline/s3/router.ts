import type { Call, Operation } from './context.ts';
import { notImplemented, S3Error } from './errors.ts';
import {
  configurations,
  deleteConfiguration,
  getConfiguration,
  putConfiguration,
} from './operations/bucket-configurations.ts';
import * as buckets from './operations/buckets.ts';
import { copyObject } from './operations/copy-object.ts';
import { completeMultipartUpload } from './operations/complete-upload.ts';
import { deleteObject, deleteObjects } from './operations/delete-object.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { listObjects, listObjectsV2 } from './operations/list-objects.ts';
import { listMultipartUploads, listParts } from './operations/list-uploads.ts';
import { listObjectVersions } from './operations/list-versions.ts';
import * as tagging from './operations/object-tagging.ts';
import { postObject } from './operations/post-object.ts';
import { putObject } from './operations/put-object.ts';
import * as parts from './operations/upload-parts.ts';

type Level = 'service' | 'bucket' | 'object';
type Route = Readonly<{ name: string; operation: Operation }>;

/** `<level> <method> [<query parameter>]`, an asterisk before the method for a request that names a copy source. */
const routes: Record<string, Route> = {};
const add = (pattern: string, name: string, operation: Operation): void => {
  routes[pattern] = { name, operation };
};

/** What S3 has and this one has not: it is answered 501 by its name. */
const missing = (pattern: string, name: string): void =>
  add(pattern, name, () => {
    throw notImplemented(name);
  });

add('service GET', 'ListBuckets', buckets.listBuckets);

add('bucket PUT', 'CreateBucket', buckets.createBucket);
add('bucket HEAD', 'HeadBucket', buckets.headBucket);
add('bucket DELETE', 'DeleteBucket', buckets.deleteBucket);
add('bucket GET', 'ListObjects', listObjects);
add('bucket GET list-type', 'ListObjectsV2', listObjectsV2);
add('bucket GET versions', 'ListObjectVersions', listObjectVersions);
add('bucket GET uploads', 'ListMultipartUploads', listMultipartUploads);
add('bucket GET location', 'GetBucketLocation', buckets.getBucketLocation);
add('bucket GET versioning', 'GetBucketVersioning', buckets.getBucketVersioning);
add('bucket PUT versioning', 'PutBucketVersioning', buckets.putBucketVersioning);
add('bucket POST', 'PostObject', postObject);
add('bucket POST delete', 'DeleteObjects', deleteObjects);
for (const configuration of configurations) {
  const { subresource, name } = configuration;
  add(`bucket GET ${subresource}`, `Get${name}`, getConfiguration(configuration));
  add(`bucket PUT ${subresource}`, `Put${name}`, putConfiguration(configuration));
  add(`bucket DELETE ${subresource}`, `Delete${name}`, deleteConfiguration(configuration));
}

add('object PUT', 'PutObject', putObject);
add('object *PUT', 'CopyObject', copyObject);
add('object GET', 'GetObject', getObject);
add('object GET attributes', 'GetObjectAttributes', getObjectAttributes);
add('object HEAD', 'HeadObject', headObject);
add('object DELETE', 'DeleteObject', deleteObject);
add('object POST uploads', 'CreateMultipartUpload', parts.createMultipartUpload);
add('object PUT uploadId', 'UploadPart', parts.uploadPart);
add('object *PUT uploadId', 'UploadPartCopy', parts.uploadPartCopy);
add('object POST uploadId', 'CompleteMultipartUpload', completeMultipartUpload);
add('object DELETE uploadId', 'AbortMultipartUpload', parts.abortMultipartUpload);
add('object GET uploadId', 'ListParts', listParts);
add('object GET tagging', 'GetObjectTagging', tagging.getObjectTagging);
add('object PUT tagging', 'PutObjectTagging', tagging.putObjectTagging);
add('object DELETE tagging', 'DeleteObjectTagging', tagging.deleteObjectTagging);

for (const [subresource, name] of [
  ['acl', 'Acl'],
  ['accelerate', 'AccelerateConfiguration'],
  ['analytics', 'AnalyticsConfiguration'],
  ['intelligent-tiering', 'IntelligentTieringConfiguration'],
  ['inventory', 'InventoryConfiguration'],
  ['metrics', 'MetricsConfiguration'],
  ['policyStatus', 'PolicyStatus'],
  ['replication', 'Replication'],
  ['requestPayment', 'RequestPayment'],
  ['metadataTable', 'MetadataTableConfiguration'],
  ['abac', 'Abac'],
] as const) {
  for (const verb of ['GET', 'PUT', 'DELETE'] as const) {
    missing(`bucket ${verb} ${subresource}`, `${verb.charAt(0)}${verb.slice(1).toLowerCase()}Bucket${name}`);
  }
}
missing('bucket GET object-lock', 'GetObjectLockConfiguration');
missing('bucket PUT object-lock', 'PutObjectLockConfiguration');
missing('bucket GET session', 'CreateSession');
missing('object GET acl', 'GetObjectAcl');
missing('object PUT acl', 'PutObjectAcl');
missing('object GET legal-hold', 'GetObjectLegalHold');
missing('object PUT legal-hold', 'PutObjectLegalHold');
missing('object GET retention', 'GetObjectRetention');
missing('object PUT retention', 'PutObjectRetention');
missing('object GET torrent', 'GetObjectTorrent');
missing('object POST restore', 'RestoreObject');
missing('object POST select', 'SelectObjectContent');
missing('object PUT renameObject', 'RenameObject');

/** Every query parameter that chooses an operation, so that none is taken for a parameter of a plain one. */
const subresources = new Set(Object.keys(routes).flatMap((pattern) => pattern.split(' ').slice(2)));

/** Which operation a request asks for. */
export const findRoute = (method: string, call: Pick<Call, 'bucket' | 'key' | 'query' | 'headers'>): Route => {
  const level: Level = call.bucket === '' ? 'service' : call.key === '' ? 'bucket' : 'object';
  const verb = method === 'PUT' && call.headers['x-amz-copy-source'] !== undefined ? '*PUT' : method;
  const named = [...call.query.keys()].filter((name) => subresources.has(name));
  if (named.length === 0) return routes[`${level} ${verb}`] ?? unknown(`${method} on the ${level}`);
  for (const name of named) {
    const route = routes[`${level} ${verb} ${name}`];
    if (route !== undefined) return route;
  }
  return unknown(`${method} ?${named.join('&')} on the ${level}`);
};

const unknown = (what: string): never => {
  throw new S3Error('MethodNotAllowed', { message: `${what} is not an operation of S3.` });
};
