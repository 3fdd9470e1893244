import type { RequestLogEntry } from '../../offline/contracts.ts';
import { localArn } from '../../offline/resources/physical-names.ts';

/** One action on one resource (an ARN; in a policy, with wildcards), by one function. */
export type Permission = Readonly<{ functionKey: string; action: string; resource: string }>;

/** A permission that no call has to use, and why it is there all the same. */
export type Exception = Readonly<{ action: string; resource?: RegExp; functionKey?: string; reason: string }>;

const s3Arn = (path: string): string => `arn:aws:s3:::${path}`;

/** What S3 asks of a caller besides the action that is called as the operation is. */
const objectActions: Readonly<Record<string, readonly string[]>> = {
  HeadObject: ['s3:GetObject'],
  // A conditional delete reads the object's eTag.
  DeleteObject: ['s3:DeleteObject', 's3:GetObject'],
  CreateMultipartUpload: ['s3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  // A copy takes its source's tags along.
  CopyObject: ['s3:PutObject', 's3:PutObjectTagging'],
  UploadPartCopy: ['s3:PutObject'],
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html and its kin */
const neededOfS3 = ({ operation, resource, status, detail }: RequestLogEntry): [action: string, resource: string][] => {
  const [bucket = ''] = resource.split('/');
  if (operation === 'ListObjectsV2') return [['s3:ListBucket', s3Arn(bucket)]];
  const source = detail?.['copySource'];
  const onObject = objectActions[operation] ?? [`s3:${operation}`];
  const onSource = source === undefined ? [] : ['s3:GetObject', 's3:GetObjectTagging'];
  return [
    ...onObject.map((action): [string, string] => [action, s3Arn(resource)]),
    ...onSource.map((action): [string, string] => [action, s3Arn(source ?? '')]),
    // Else the answer would be 403.
    ...(status === 404 ? [['s3:ListBucket', s3Arn(bucket)] as [string, string]] : []),
  ];
};

const needed = (entry: RequestLogEntry): [action: string, resource: string][] => {
  const { service, operation, resource, detail } = entry;
  const name = resource.split(/[:/]/).at(-1) ?? '';
  const index = detail?.['index'];
  const onePerEntry = operation.replace(/Batch$/, '');
  switch (service) {
    case 's3':
      return neededOfS3(entry);
    case 'dynamodb':
      return [[`dynamodb:${operation}`, localArn('dynamodb', `table/${name}${index ? `/index/${index}` : ''}`)]];
    case 'sqs':
    case 'sns':
      return [[`${service}:${onePerEntry}`, localArn(service, name)]];
    case 'lambda':
      return [[`lambda:${operation}Function`, localArn('lambda', `function:${name}`)]];
    case 'logs':
      return [[`logs:${operation}`, resource === '' ? '*' : localArn('logs', `log-group:${resource}`)]];
    default:
      return [[`${service}:${operation}`, resource]];
  }
};

/** What IAM would have had to allow for each call that these callers made. A call that was throttled comes again. */
export const usedPermissions = (entries: readonly RequestLogEntry[], functionKeys: readonly string[]): Permission[] => {
  const isTheirs = ({ accessKeyId, status }: RequestLogEntry): boolean =>
    functionKeys.includes(accessKeyId) && status !== 429 && status !== 503;
  const used = entries
    .filter(isTheirs)
    .flatMap((entry) => needed(entry).map(([action, resource]) => ({ functionKey: entry.accessKeyId, action, resource })));
  return [...new Map(used.map((one) => [lineOf(one), one])).values()];
};

export const lineOf = ({ functionKey, action, resource }: Permission): string =>
  `${functionKey}: ${action} on ${resource}`;

const covers = (granted: Permission, used: Permission): boolean => {
  const pattern = granted.resource.split('*').map((part) => RegExp.escape(part));
  return (
    granted.functionKey === used.functionKey &&
    granted.action === used.action &&
    new RegExp(`^${pattern.join('.*')}$`, 's').test(used.resource)
  );
};

const isExcepted = (one: Permission, { action, resource, functionKey }: Exception): boolean =>
  action === one.action &&
  (resource?.test(one.resource) ?? true) &&
  (functionKey === undefined || functionKey === one.functionKey);

/** Calls that IAM would refuse, permissions that neither a call nor an exception needs, and exceptions nobody needs. */
export type Comparison = Readonly<{ refused: string[]; unused: string[]; staleExceptions: string[] }>;

export const comparePermissions = (
  granted: readonly Permission[],
  used: readonly Permission[],
  exceptions: readonly Exception[],
): Comparison => {
  const idle = granted.filter((one) => !used.some((call) => covers(one, call)));
  const lines = (some: readonly Permission[]): string[] => some.map(lineOf).toSorted();
  return {
    refused: lines(used.filter((one) => !granted.some((permission) => covers(permission, one)))),
    unused: lines(idle.filter((one) => !exceptions.some((exception) => isExcepted(one, exception)))),
    staleExceptions: exceptions
      .filter((exception) => !idle.some((one) => isExcepted(one, exception)))
      .map(({ reason }) => reason),
  };
};
