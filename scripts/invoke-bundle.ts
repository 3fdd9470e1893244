/**
 * A process with nothing in it but a function's bundle, as in Lambda: `fork` it with the bundle's path, send it one
 * event, and it sends back what the handler answered and the most memory that the process ever held.
 */
import { createRequire } from 'node:module';
import { peakMemoryBytes } from './peak-memory.ts';

type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

/** What the process sends back. */
export type BundleAnswer = Readonly<{ answer: unknown; peakBytes: number }>;

const limitMs = 300_000;

process.once('message', (event: unknown) => {
  const [, , bundlePath = ''] = process.argv;
  const { handler } = createRequire(import.meta.url)(bundlePath) as { handler: Handler };
  const endsAt = Date.now() + limitMs;
  void handler(event, { getRemainingTimeInMillis: () => endsAt - Date.now() }).then((answer) => {
    const answered: BundleAnswer = { answer, peakBytes: peakMemoryBytes() };
    process.send?.(answered, () => process.exit());
  });
});
