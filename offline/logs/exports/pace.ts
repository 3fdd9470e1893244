/** How long an export task waits and runs, in ms of this machine; what is created meanwhile keeps the pace of its time. */
export type Pace = Readonly<{
  pendingMs: number;
  /** At the least: a task is not completed before everything is written. */
  runningMs: number;
  /** A task that would run longer fails then, as AWS ends one after 24 hours. */
  timeoutMs: number;
}>;

/** The paces, which tests change through the control route. */
export type ExportPace = Readonly<{ show(): Pace; change(change: unknown): Pace }>;

const names = ['pendingMs', 'runningMs', 'timeoutMs'] as const;

/** What a small export takes on AWS, divided by `timeScale`. */
export const createPace = (timeScale: number): ExportPace => {
  let pace: Pace = { pendingMs: 10_000 / timeScale, runningMs: 30_000 / timeScale, timeoutMs: 86_400_000 / timeScale };
  return {
    show: () => pace,
    change(change) {
      const entries = Object.entries((change ?? {}) as Record<string, unknown>);
      const isOne = ([name, value]: [string, unknown]): boolean =>
        names.some((known) => known === name) && typeof value === 'number' && value >= 0;
      if (entries.length === 0 || !entries.every(isOne)) {
        throw new TypeError(
          `Exports are changed by ${names.join(', ')}: milliseconds, 0 or more, for tasks from now on.`,
        );
      }
      pace = { ...pace, ...(Object.fromEntries(entries) as Partial<Pace>) };
      return pace;
    },
  };
};
