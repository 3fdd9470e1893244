import type { Rule } from '../../../lib/domain/action.ts';
import { PermanentError } from '../../../lib/domain/errors.ts';
import type { Process } from './process.ts';
import type { Witness } from './witness.ts';

const second = 1_000;

/** What happens to a file, as its content says; `mended` is the rule after its mistake was found. */
export const rulesOf = (process: Process, witness: Witness, mended: boolean): readonly Rule[] => [
  {
    prefix: 'incoming/',
    actions: [
      {
        name: 'simulated',
        async run(file) {
          const content = Buffer.from(await file.peek(16)).toString();
          // Often longer than a lease: it must be renewed.
          await process.wait(process.random.integer(1, content === 'slow' ? 80 * second : 300));
          file.signal.throwIfAborted();
          witness.atWork(process, file);
          if (content === 'poison' && !mended) throw new PermanentError('poison');
          if (content === 'flaky' && process.random.share() < 0.5) throw new Error('flaky');
          await file.writeOutput('out', content, { contentType: 'text/plain' });
          if (content === 'telling') file.notify({ subject: 'told', text: 'told', data: { fileId: file.id } });
          return { content };
        },
      },
    ],
  },
];
