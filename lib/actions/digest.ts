import { createHash } from 'node:crypto';
import type { Action } from './action.ts';

/**
 * Writes the file's SHA-256 to the outputs bucket, in the form that `sha256sum --check` reads. The smallest action
 * with an output: a function of the file's bytes alone, so repeating it writes the same object again.
 */
export const digest: Action = {
  name: 'digest',
  async run(file) {
    const hash = createHash('sha256');
    for await (const chunk of await file.body()) hash.update(chunk as Uint8Array);
    const name = file.key.slice(file.key.lastIndexOf('/') + 1);
    const output = await file.writeOutput('digests/', `${hash.digest('hex')}  ${name}\n`, {
      contentType: 'text/plain; charset=utf-8',
      ending: '.sha256',
    });
    return { key: output.key };
  },
};
