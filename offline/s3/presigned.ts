import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './errors.ts';

const longestSeconds = 604_800;
/** How far the clock of the sender may be ahead. */
const skewMs = 15 * 60 * 1000;

/** What signs the URL, or is said of a body that is not known yet when the URL is made. */
const neverHoisted =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|sdk-checksum-|checksum-(?!mode$|algorithm$|type$)|trailer|decoded-)/;

/**
 * The headers of a request, with those that its presigned URL carries in the query: SDKs move `x-amz-*` there, so that
 * whoever sends the file need not know of them. A header that was sent outweighs its namesake.
 */
export const withHoistedHeaders = (headers: IncomingHttpHeaders, query: URLSearchParams): IncomingHttpHeaders => {
  if (!query.has('X-Amz-Signature')) return headers;
  const hoisted = [...query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-') && !neverHoisted.test(name));
  return { ...Object.fromEntries(hoisted), ...headers };
};

/**
 * Refuses a presigned URL that has expired or is not valid yet. Signatures themselves are not verified: the local S3 has
 * no secrets. Signature version 4 gives a date and a life in seconds, version 2 the second of its end.
 */
export const checkExpiry = (query: URLSearchParams, now: Date): void => {
  const seconds = query.get('X-Amz-Expires');
  if (seconds !== null) {
    if (!/^\d+$/.test(seconds) || Number(seconds) > longestSeconds) {
      throw new S3Error('AuthorizationQueryParametersError', {
        message: 'X-Amz-Expires must be a number of seconds, at most a week (604800)',
      });
    }
    const begunMs = Date.parse(
      (query.get('X-Amz-Date') ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    );
    if (Number.isNaN(begunMs)) {
      throw new S3Error('AuthorizationQueryParametersError', {
        message: "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
      });
    }
    const endMs = begunMs + Number(seconds) * 1000;
    refuseBefore(begunMs, endMs, now);
    refuseAfter(endMs, now);
  } else if (query.has('Signature') && query.has('Expires')) {
    const end = query.get('Expires') ?? '';
    if (!/^\d+$/.test(end)) {
      throw new S3Error('AccessDenied', { message: `Invalid date (should be seconds since epoch): ${end}` });
    }
    refuseAfter(Number(end) * 1000, now);
  }
};

const refuseBefore = (begunMs: number, endMs: number, now: Date): void => {
  if (begunMs <= now.getTime() + skewMs) return;
  throw new S3Error('AccessDenied', {
    message: 'Request is not yet valid',
    details: {
      'X-Amz-Date': String(begunMs),
      Expires: new Date(endMs).toISOString(),
      ServerTime: now.toISOString(),
    },
  });
};

const refuseAfter = (endMs: number, now: Date): void => {
  if (now.getTime() <= endMs) return;
  throw new S3Error('AccessDenied', {
    message: 'Request has expired',
    details: { Expires: new Date(endMs).toISOString(), ServerTime: now.toISOString() },
  });
};
