import { fileTypeFromBuffer } from 'file-type';

/** Says what the bytes themselves are, whatever the sender declared: by signature, else as text if they read as text. */
export const contentTypeOf = async (sample: Uint8Array): Promise<string> => {
  if (sample.length === 0) return 'application/x-empty';
  const known = await fileTypeFromBuffer(sample);
  if (known !== undefined) return known.mime;
  return isText(sample) ? textType(sample) : 'application/octet-stream';
};

/** Valid UTF-8 without control characters, but for a character that the end of the sample may have cut. */
const isText = (sample: Uint8Array): boolean => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  } catch {
    return false;
  }
};

/** JSON is told by its first character, and by reading it where the sample holds it whole. */
const textType = (sample: Uint8Array): string => {
  const text = new TextDecoder().decode(sample).trimStart();
  return /^[[{]/.test(text) && parses(text) ? 'application/json' : 'text/plain';
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
