/**
 * Encodes a key as S3 does in an event record: like a form field (a space is `+`, a plus `%2B`), but with the slash
 * left alone. As in Java's encoder, only letters, digits and `.`, `-`, `*`, `_` stay as they are.
 */
export const encodeEventKey = (key: string): string =>
  encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Decodes the value of a filter rule, which S3 takes in the encoding of {@link encodeEventKey}. */
export const decodeFilterValue = (value: string): string => {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    // A lone percent sign is no encoding: the value means itself.
    return value;
  }
};
