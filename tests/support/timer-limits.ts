/** The longest delay that a timer of Node's can hold: it fires at once for a longer one, so the adapter refuses that. */
const longestDelayMs = 2 ** 31 - 1;

/** A fake clock refuses what the real one does: a timer without an end would pass for one that never fires. */
export const refuseLongTimer = (delayMs: number): void => {
  if (delayMs > longestDelayMs) throw new RangeError(`a timer cannot wait ${String(delayMs)} ms`);
};
