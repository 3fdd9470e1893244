import type { IncomingHttpHeaders } from 'node:http';
import { invalidArgument, notImplemented, S3Error } from './errors.ts';
import { checkHeaderValue, checkOneLine } from './header-values.ts';

const kept = ['cache-control', 'content-disposition', 'content-language', 'expires', 'x-amz-website-redirect-location'];
/** Headers that ask for what this S3 has not, by how they begin. */
const absent = [
  ['x-amz-server-side-encryption-customer-', 'Encryption with customer keys (SSE-C)'],
  ['x-amz-copy-source-server-side-encryption-customer-', 'Encryption with customer keys (SSE-C)'],
  ['x-amz-object-lock-', 'Object lock'],
  ['x-amz-write-offset-bytes', 'Appending to an object'],
] as const;
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
];
const largestMetadataBytes = 2048;

/** The headers of a write that stay with the object: what HTTP says of it, and the sender's own metadata. */
export const parseObjectHeaders = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> => {
  refuseAbsent(headers);
  refuseManagedKeys(headers);
  refuseGrants(headers);
  const found: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  const contentType = headers['content-type'];
  if (contentType !== undefined && contentType !== '') found['content-type'] = contentType;
  for (const name of kept) {
    const value = headers[name];
    if (typeof value === 'string') found[name] = value;
  }
  const encoding = withoutAwsChunked(headers['content-encoding']);
  if (encoding !== '') found['content-encoding'] = encoding;
  const storageClass = headers['x-amz-storage-class'];
  if (typeof storageClass === 'string') {
    if (!storageClasses.includes(storageClass)) throw new S3Error('InvalidStorageClass');
    if (storageClass !== 'STANDARD') found['x-amz-storage-class'] = storageClass;
  }
  if (headers['x-amz-server-side-encryption'] === 'AES256') found['x-amz-server-side-encryption'] = 'AES256';
  for (const [name, value] of Object.entries(found)) checkHeaderValue(name, value);
  return { ...found, ...parseMetadata(headers) };
};

/** `aws-chunked` is how the body travels, not what the object is. */
const withoutAwsChunked = (encoding = ''): string =>
  encoding.replace(/(^|,)\s*aws-chunked\s*(?=,|$)/gi, '').replace(/^\s*,\s*/, '');

/** Metadata may be any text of one line, but its names are those of headers. */
const parseMetadata = (headers: IncomingHttpHeaders): Record<string, string> => {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-meta-') || value === undefined) continue;
    const text = Array.isArray(value) ? value.join(',') : value;
    if (!/^[-!#$%&'*+.^_`|~0-9a-z]+$/.test(name)) throw invalidArgument('Invalid metadata name.', name, text);
    checkOneLine(name, text);
    metadata[name] = text;
    bytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(text);
  }
  if (bytes > largestMetadataBytes) {
    throw new S3Error('MetadataTooLarge', {
      details: { Size: String(bytes), MaxSizeAllowed: String(largestMetadataBytes) },
    });
  }
  return metadata;
};

/** Throws `NotImplemented`, by name, for a header that this S3 would have to pass over, with any operation. */
export const refuseAbsent = (headers: IncomingHttpHeaders): void => {
  for (const name of Object.keys(headers)) {
    const found = absent.find(([beginning]) => name.startsWith(beginning));
    if (found !== undefined) throw notImplemented(found[1]);
  }
};

const refuseManagedKeys = (headers: IncomingHttpHeaders): void => {
  const encryption = headers['x-amz-server-side-encryption'];
  if (encryption !== undefined && encryption !== 'AES256') {
    throw notImplemented('Encryption with KMS keys (x-amz-server-side-encryption)');
  }
};

/** The default of every bucket since 2023 is BucketOwnerEnforced: an ACL that gives anybody else anything is refused. */
const refuseGrants = (headers: IncomingHttpHeaders): void => {
  const acl = headers['x-amz-acl'];
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'));
  if (grants || (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control')) {
    throw new S3Error('AccessControlListNotSupported');
  }
};
