import { S3Error } from './errors.ts';

const longestSeconds = 604_800;

/**
 * Refuses a presigned URL that has expired. Signatures themselves are not verified: the local S3 has no secrets.
 * Signature version 4 gives a date and a life in seconds, version 2 the second of its end.
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
    refuseAfter(begunMs + Number(seconds) * 1000, now);
  } else if (query.has('Signature') && query.has('Expires')) {
    refuseAfter(Number(query.get('Expires')) * 1000, now);
  }
};

const refuseAfter = (endMs: number, now: Date): void => {
  if (now.getTime() <= endMs) return;
  throw new S3Error('AccessDenied', {
    message: 'Request has expired',
    details: { Expires: new Date(endMs).toISOString(), ServerTime: now.toISOString() },
  });
};
