import type { RequestLogEntry } from '../../offline/contracts.ts';
import { localArn } from '../../offline/resources/physical-names.ts';

/** One action on one resource (an ARN; in a policy, with wildcards), by one caller: a function, or the service that has the role. */
export type Permission = Readonly<{ caller: string; action: string; resource: string }>;

/** A permission that no call has to use, and why it is there all the same. */
export type Exception = Readonly<{
  action: string;
  resource?: RegExp;
  caller?: string;
  /** A run may use it by chance. */
  sometimes?: true;
  reason: string;
}>;

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
      return [[`logs:${operation}`, resource === '' ? '*' : localArn('logs', `log-group:${resource}:*`)]];
    case 'states':
    case 'sts':
    case 'cloudformation':
      return [[`${service}:${operation}`, resource]];
  }
};

/**
 * What a service asks of its caller's key where what it stores is encrypted by it.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html and its kin
 */
const neededOfKey = (action: string): string[] => {
  if (/^(?:s3:GetObject|sqs:ReceiveMessage|dynamodb:\w+)$/.test(action)) return ['kms:Decrypt'];
  if (/^(?:s3:PutObject|sqs:SendMessage|sns:Publish)$/.test(action)) return ['kms:GenerateDataKey', 'kms:Decrypt'];
  return [];
};

/**
 * What IAM would have had to allow for each call that these callers made, on a stage whose data the key encrypts if there
 * is one. A call that was throttled comes again.
 */
export const usedPermissions = (
  entries: readonly RequestLogEntry[],
  callers: readonly string[],
  keyArn?: string,
): Permission[] => {
  const isTheirs = ({ accessKeyId, status }: RequestLogEntry): boolean =>
    callers.includes(accessKeyId) && status !== 429 && status !== 503;
  const used = entries.filter(isTheirs).flatMap((entry) => {
    const calls = needed(entry).map(([action, resource]) => ({ caller: entry.accessKeyId, action, resource }));
    if (keyArn === undefined) return calls;
    const onKey = calls.flatMap(({ caller, action }) =>
      neededOfKey(action).map((one) => ({ caller, action: one, resource: keyArn })),
    );
    return [...calls, ...onKey];
  });
  // One object of each folder stands for all that are in it: policies tell no more apart.
  const folderOf = (resource: string): string =>
    resource.startsWith(s3Arn('')) ? resource.split('/', 2).join('/') : resource;
  return [...new Map(used.map((one) => [lineOf({ ...one, resource: folderOf(one.resource) }), one])).values()];
};

export const lineOf = ({ caller, action, resource }: Permission): string => `${caller}: ${action} on ${resource}`;

const covers = (granted: Permission, used: Permission): boolean => {
  const pattern = granted.resource.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return (
    granted.caller === used.caller &&
    granted.action === used.action &&
    new RegExp(`^${pattern.join('.*')}$`, 's').test(used.resource)
  );
};

const isExcepted = (one: Permission, { action, resource, caller }: Exception): boolean =>
  action === one.action && (resource?.test(one.resource) ?? true) && (caller === undefined || caller === one.caller);

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
      .filter((exception) => exception.sometimes !== true && !idle.some((one) => isExcepted(one, exception)))
      .map(({ reason }) => reason),
  };
};
