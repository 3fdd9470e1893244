import { createHash } from 'node:crypto';
import { contentTypeOf } from './content-type.ts';
import type { Action } from './action.ts';

/** Enough for every signature that is not hidden deep inside of an archive. */
const sampleBytes = 4_100;

/**
 * Records what the file is: its content type as declared and as its bytes say, size, SHA-256, S3's own checksum, and
 * the sender's metadata. The body is streamed once, whatever its size, which also proves that it can be read.
 */
export const index: Action = {
  name: 'index',
  async run(file) {
    const contentType = await contentTypeOf(await file.peek(sampleBytes));
    const hash = createHash('sha256');
    for await (const chunk of await file.body()) hash.update(chunk as Uint8Array);
    const { head } = file;
    file.log('file indexed', { contentType, declaredContentType: head.contentType, sizeBytes: file.size });
    return {
      contentType,
      declaredContentType: head.contentType,
      sizeBytes: file.size,
      sha256: hash.digest('hex'),
      checksum: head.checksum,
      userMetadata: head.userMetadata,
    };
  },
};
