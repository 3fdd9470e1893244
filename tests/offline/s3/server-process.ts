import { serveS3 } from './serve.ts';

/**
 * A local S3 in a process of its own, to be killed or measured. It tells its port, and its peak memory when asked.
 * Run by `fork`; the folder of its state is its argument.
 */
const [directory] = process.argv.slice(2);
if (directory === undefined || process.send === undefined)
  throw new Error('To be forked with a folder as its argument.');
const test = await serveS3({ directory });
test.s3.createBucket('bucket', { versioned: false });
process.on('message', () => process.send?.({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
process.send({ port: test.port });
