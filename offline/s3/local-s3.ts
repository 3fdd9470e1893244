import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answered, Exchange, LocalS3, ObjectEvent } from '../contracts.ts';
import { type Address, parseAddress, parseCopySource, resourceOf } from './address.ts';
import { type Answer, type Call, type Context, headerOf, type Limits } from './context.ts';
import { S3Error } from './errors.ts';
import { refuseAbsent } from './object-headers.ts';
import { ensureBucket } from './operations/buckets.ts';
import { checkExpiry, withHoistedHeaders } from './presigned.ts';
import { findRoute } from './router.ts';
import { openStore } from './store/store.ts';
import { parseContentSha256 } from './verifier.ts';
import { errorDocument } from './xml-writer.ts';

export type LocalS3Options = Readonly<{
  /** Where metadata and bodies are kept; created if absent, and locked while this S3 runs. */
  directory: string;
  now?: () => Date;
  /** Told of faults of ours, which the caller sees as 500. */
  onFault?: (error: unknown) => void;
  /** S3's own unless a test makes them smaller. */
  limits?: Partial<Limits>;
}>;

/** The one account of the local cloud, the owner of every bucket. */
const account = '000000000000';
const mebibyte = 1024 * 1024;

/** Opens the S3 of the local cloud: S3's own wire format over metadata in SQLite and bodies in files. */
export const createLocalS3 = (options: LocalS3Options): Promise<LocalS3> => Promise.resolve().then(() => open(options));

const open = ({ directory, now = () => new Date(), onFault = reportFault, limits }: LocalS3Options): LocalS3 => {
  const store = openStore(directory, now);
  let listener: (event: ObjectEvent) => void = () => undefined;
  const context: Context = {
    store,
    limits: { maximumUploadBytes: 5 * 1024 * mebibyte, minimumPartBytes: 5 * mebibyte, ...limits },
    now,
    emit: (event) => listener(event),
  };

  return {
    async handle(exchange) {
      const said: Said = { operation: 'Unknown', address: undefined };
      try {
        const answer = await perform(context, exchange, said);
        await send(exchange, answer, context.now());
        return answered(said);
      } catch (error) {
        const code = await sendError(exchange, error, said, context.now(), onFault);
        return { ...answered(said), errorCode: code };
      }
    },
    close: () => store.close(),
    createBucket(name, { versioned }) {
      ensureBucket(store, name, now().getTime());
      store.commit(() => store.buckets.setVersioning(name, versioned ? 'Enabled' : ''));
    },
    putBucketPolicy(bucket, document) {
      store.commit(() => store.buckets.setConfiguration(store.buckets.get(bucket).name, 'policy', document));
    },
    onObjectEvent(newListener) {
      listener = newListener;
    },
  };
};

/** What is known of a request so far: it belongs in the log also when the request fails. */
type Said = { operation: string; address: Address | undefined; copySource?: string };

const answered = ({ operation, address, copySource }: Said): Answered => ({
  operation,
  resource: address === undefined ? '' : resourceOf(address),
  ...(copySource === undefined ? {} : { detail: { copySource } }),
});

/** The operations that read another object than the one they are addressed to. */
const copies: ReadonlySet<string> = new Set(['CopyObject', 'UploadPartCopy']);

const perform = async (context: Context, exchange: Exchange, said: Said): Promise<Answer> => {
  const { request } = exchange;
  const address = parseAddress(request.url ?? '/', request.headers.host ?? '');
  said.address = address;
  const headers = withHoistedHeaders(request.headers, address.query);
  const call: Call = { ...address, headers, exchange };
  const route = findRoute(request.method ?? 'GET', call);
  said.operation = route.name;
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    if ((headers[name] ?? account) !== account) throw new S3Error('AccessDenied');
  }
  checkExpiry(address.query, context.now());
  parseContentSha256(headers);
  refuseAbsent(headers);
  if (copies.has(route.name)) {
    const { bucket, key } = parseCopySource(headerOf(call, 'x-amz-copy-source') ?? '');
    said.copySource = `${bucket}/${key}`;
  }
  return route.operation(context, call);
};

const send = async (exchange: Exchange, answer: Answer, now: Date): Promise<void> => {
  const { response, requestId } = exchange;
  const { body } = answer;
  const headers: Record<string, string> = {
    'x-amz-request-id': requestId,
    date: now.toUTCString(),
    server: 'AmazonS3',
  };
  if (typeof body === 'string') headers['content-type'] = 'application/xml';
  for (const [name, value] of Object.entries(answer.headers ?? {})) if (value !== undefined) headers[name] = value;
  if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body));
  else if (body === undefined && answer.status !== 204 && answer.status !== 304) headers['content-length'] ??= '0';
  response.writeHead(answer.status, headers);
  if (!(body instanceof Readable)) return end(response, body);
  try {
    await pipeline(body, response);
  } finally {
    body.destroy();
  }
};

/** Settles also when the client has left: on a response that is closed already, `end` never calls back. */
const end = (response: ServerResponse, body: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (response.closed) {
      resolve();
      return;
    }
    response.once('error', reject);
    response.once('close', resolve);
    response.end(body ?? '', () => resolve());
  });

/** How Node says that nobody is there any more to take the answer. */
const departures = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ECONNRESET', 'EPIPE'];

/** Answers an error in S3's shape, without a body to a HEAD. What is already on its way can only be cut off. */
const sendError = async (
  exchange: Exchange,
  error: unknown,
  said: Said,
  now: Date,
  onFault: (error: unknown) => void,
): Promise<string> => {
  const { request, response, requestId } = exchange;
  if (departures.includes((error as NodeJS.ErrnoException | undefined)?.code ?? '')) {
    response.destroy();
    return 'RequestAborted';
  }
  if (response.headersSent) {
    onFault(error);
    response.destroy();
    return 'InternalError';
  }
  const known = error instanceof S3Error ? error : new S3Error('InternalError');
  if (known !== error) onFault(error);
  const resource = said.address === undefined ? {} : { Resource: `/${answered(said).resource}` };
  const document = errorDocument({
    Code: known.code,
    Message: known.message,
    ...known.details,
    ...resource,
    RequestId: requestId,
  });
  const body = request.method === 'HEAD' ? undefined : document;
  await send(exchange, { status: known.status, headers: known.headers, ...(body === undefined ? {} : { body }) }, now);
  return known.code;
};

const reportFault = (error: unknown): void => console.error('The local S3 failed:', error);
