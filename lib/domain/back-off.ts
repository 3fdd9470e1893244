const maxBackOffMs = 15 * 60 * 1000;

/**
 * Exponential back-off with equal jitter: half of it is certain, half is drawn, so that files that failed together do
 * not return together.
 *
 * @param random a number from 0 (included) to 1 (excluded)
 */
export const backOffMs = (attempts: number, baseMs: number, random: number): number => {
  const ceiling = Math.min(maxBackOffMs, baseMs * 2 ** Math.max(0, attempts - 1));
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random);
};
