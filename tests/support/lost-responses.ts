/** The part of an SDK client's middleware stack that this needs; every client has it. */
type Stack = {
  add(
    middleware: (
      next: (args: { input: object }) => Promise<unknown>,
      context: { commandName?: string },
    ) => (args: { input: object }) => Promise<unknown>,
    options: { step: 'deserialize'; name: string; priority: 'low' },
  ): void;
};

/** Loses responses on purpose: the request reaches the service and takes effect, the answer does not come back. */
export type LostResponses = Readonly<{
  /** The next call whose input matches loses its response, once. */
  loseNext(matches: (input: object) => boolean): void;
}>;

/**
 * Sits below the SDK's own retries, so that they see a connection reset after the effect and make the call again, just
 * as they do on a bad line.
 */
export const loseResponsesOf = (client: { middlewareStack: unknown }): LostResponses => {
  const pending: ((input: object) => boolean)[] = [];
  (client.middlewareStack as Stack).add(
    (next) => async (args) => {
      const answer = next(args);
      const index = pending.findIndex((matches) => matches(args.input));
      if (index < 0) return answer;
      pending.splice(index, 1);
      await answer.catch(() => undefined);
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    },
    { step: 'deserialize', name: 'lostResponses', priority: 'low' },
  );
  return { loseNext: (matches) => void pending.push(matches) };
};
