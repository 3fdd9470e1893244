/** Time, passed in so that a simulation can hold it. */
export type Clock = Readonly<{
  /** Epoch milliseconds, by this machine's own clock. */
  now(): number;
  /** Calls back once, after so many milliseconds; returns what cancels it. */
  startTimer(delayMs: number, callback: () => void): () => void;
}>;
