import type { Baton } from '../domain/lane.ts';

/** Hands the baton to the next run of the same function. */
export type Invoker = Readonly<{
  /**
   * Invokes asynchronously. It may be lost or doubled; the fence in the baton makes both harmless.
   * @throws {ServiceUnavailableError} {@link AccessDeniedError}
   */
  handOn(baton: Baton): Promise<void>;
}>;
