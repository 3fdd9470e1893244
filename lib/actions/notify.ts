import type { Action } from './action.ts';

/** Tells people and systems that the file was processed: one notice, sent after the commit. */
export const notify: Action = {
  name: 'notify',
  run(file) {
    file.notify({
      subject: `Everyfile: processed ${file.key}`,
      text: `The file ${file.key} (${String(file.size)} bytes) in ${file.bucket} was processed.`,
      data: { fileId: file.id, bucket: file.bucket, key: file.key, eTag: file.eTag, sizeBytes: file.size },
    });
    return Promise.resolve(undefined);
  },
};
