import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { LocalS3Options } from '../../../offline/s3/local-s3.ts';
import { type ServedS3, serveS3 } from './serve.ts';

/** A served S3 with a client of the SDK. */
export type TestS3 = ServedS3 &
  Readonly<{
    client: S3Client;
    directory: string;
    /** Stops everything and removes the state. */
    remove(): Promise<void>;
  }>;

export const startTestS3 = async (options: Partial<LocalS3Options> = {}): Promise<TestS3> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'everyfile-s3-')));
  const served = await serveS3({ ...options, directory });
  const client = createClient(served.port);
  const stop = async (): Promise<void> => {
    client.destroy();
    await served.stop();
  };
  return {
    ...served,
    client,
    directory,
    stop,
    async remove() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

export const createClient = (port: number): S3Client =>
  new S3Client({
    endpoint: `http://127.0.0.1:${String(port)}`,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'tester', secretAccessKey: 'unused' },
  });

export type RawAnswer = Readonly<{ status: number; headers: IncomingMessage['headers']; body: string }>;

/** A request as it stands, for what no SDK sends. */
export const sendRaw = (
  port: number,
  method: string,
  path: string,
  options: Readonly<{ headers?: Record<string, string>; body?: string | Buffer }> = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: options.headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', reject);
    request.end(options.body ?? '');
  });

/** The error that a call ends with. Fails where the call succeeds. */
export const errorOf = async (
  call: Promise<unknown>,
): Promise<Error & { $metadata: { httpStatusCode: number }; Code?: string }> => {
  try {
    await call;
  } catch (error) {
    return error as Error & { $metadata: { httpStatusCode: number } };
  }
  throw new Error('The call succeeded, and an error was expected.');
};

/** The name and status of the error that a call ends with: `PreconditionFailed 412`. */
export const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  const error = await errorOf(call);
  return `${error.name} ${String(error.$metadata.httpStatusCode)}`;
};
