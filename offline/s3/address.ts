import { S3Error } from './errors.ts';

/** What a request is about. An empty key means the bucket, an empty bucket the service itself. */
export type Address = Readonly<{ bucket: string; key: string; query: URLSearchParams }>;

/** What a request is about, for the request log: a bucket, or an object by its bucket and key. */
export const resourceOf = ({ bucket, key }: Pick<Address, 'bucket' | 'key'>): string =>
  key === '' ? bucket : `${bucket}/${key}`;

const longestKeyBytes = 1024;

/**
 * Reads bucket and key from the request line as it came over the wire. The key is decoded once and otherwise left
 * alone: `URL` would resolve `..` in it and so lead to another object.
 */
export const parseAddress = (target: string, host: string): Address => {
  const [path = '', ...rest] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?');
  const query = new URLSearchParams(rest.join('?'));
  const rawPath = path.startsWith('/') ? path.slice(1) : path;
  const virtual = bucketOfHost(host);
  if (virtual !== '') return checked(virtual, decode(rawPath), query);
  const slash = rawPath.indexOf('/');
  if (slash < 0) return checked(decode(rawPath), '', query);
  return checked(decode(rawPath.slice(0, slash)), decode(rawPath.slice(slash + 1)), query);
};

/** `bucket.localhost:4566` and `bucket.s3[.region].localhost:4566` name a bucket; `localhost` and `s3.localhost` do not. */
const bucketOfHost = (host: string): string => {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const labels = /^(?:(.*)\.)?localhost$/.exec(name)?.[1] ?? '';
  return labels.replace(/(^|\.)s3([.-][a-z]{2}-[a-z-]+-\d)?$/, '');
};

const decode = (raw: string): string => {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new S3Error('InvalidURI', { details: { URI: raw } });
  }
};

const checked = (bucket: string, key: string, query: URLSearchParams): Address => {
  checkKey(key);
  return { bucket, key, query };
};

/** Throws `KeyTooLongError` above 1,024 bytes of UTF-8. */
export const checkKey = (key: string): void => {
  const bytes = Buffer.byteLength(key);
  if (bytes <= longestKeyBytes) return;
  throw new S3Error('KeyTooLongError', {
    details: { Size: String(bytes), MaxSizeAllowed: String(longestKeyBytes) },
  });
};

/** `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded once, the question mark before it is decoded. */
export const parseCopySource = (header: string): Readonly<{ bucket: string; key: string; versionId?: string }> => {
  const [path = '', query] = header.split('?', 2);
  const raw = path.startsWith('/') ? path.slice(1) : path;
  const name = decode(raw).replace(/^\//, '');
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  }
  const versionId = new URLSearchParams(query ?? '').get('versionId');
  const source = { bucket: name.slice(0, slash), key: name.slice(slash + 1) };
  checkKey(source.key);
  return versionId === null ? source : { ...source, versionId };
};
