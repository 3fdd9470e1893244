const limitMs = 60_000;

/** Looks again until there is what is looked for; fails by name when it never comes. */
export const waitFor = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`waited ${limitMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
