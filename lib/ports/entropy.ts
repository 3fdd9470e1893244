/** Randomness, passed in so that a run can be repeated. */
export type Entropy = Readonly<{
  /** A nonce that nobody else draws: the owner of one claim. */
  nonce(): string;
  /** From 0 (included) to 1 (excluded). */
  fraction(): number;
}>;
