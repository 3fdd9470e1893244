import type { IncomingMessage } from 'node:http';

/** A request body above what its service takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Reads a body into memory, for the services whose bodies are small; never for S3's, which stream. */
export const readBody = async (request: IncomingMessage, maximumBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBytes) throw new BodyTooLargeError(`The body is above ${maximumBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

/** The operation of a JSON-protocol request: the last word of `X-Amz-Target`. */
export const targetOperation = (request: IncomingMessage): string => {
  const target = request.headers['x-amz-target'];
  return (Array.isArray(target) ? target[0] : target)?.split('.').at(-1) ?? '';
};
