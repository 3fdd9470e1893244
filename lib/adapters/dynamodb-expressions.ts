const functionsAndKeywords = new Set(['SET', 'REMOVE', 'AND', 'OR', 'IN', 'attribute_not_exists', 'if_not_exists']);

/**
 * Writes every attribute name as a `#name`: `status`, `owner`, `key`, `size` and `open` are reserved words, and an
 * expression that must remember which are is one that breaks when a word is added.
 */
export const aliased = (expression: string): { text: string; names: Record<string, string> } => {
  const names: Record<string, string> = {};
  const text = expression.replace(/(?<![:\w#])[A-Za-z_]\w*/g, (word) => {
    if (functionsAndKeywords.has(word)) return word;
    names[`#${word}`] = word;
    return `#${word}`;
  });
  return { text, names };
};
