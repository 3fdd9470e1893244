import type { Month } from './month.ts';
import type { PlannedTask } from './export-task.ts';
import type { GroupMonth } from './export-plan.ts';

/** A month that CloudWatch Logs does not take in this execution, and what it said. */
export type RefusedMonth = GroupMonth & Readonly<{ message: string }>;

/** What an execution carries from turn to turn. */
type Carried = Readonly<{
  /** Turns so far. */
  loop: number;
  /** How many of the last answers in a row were `wait`. */
  waits: number;
  refused: readonly RefusedMonth[];
}>;

/** What the state machine gives to `bucketCheck`: what the execution carries, and since when it runs (epoch ms). */
export type ExportTurn = Carried & Readonly<{ startedAt: number }>;

/** The task that `logExport` is to create. */
export type ExportStep = Readonly<{ group: string; month: Month; task: PlannedTask }>;

/**
 * What `bucketCheck` answers; `state` is what the state machine chooses by, `waitSeconds` how long it then waits. What
 * is carried comes back with the next turn.
 */
export type ExportDecision = Carried &
  Readonly<{ waitSeconds: number }> &
  (
    | Readonly<{ state: 'fin'; summary: string }>
    | Readonly<{ state: 'wait'; reason: string }>
    | (Readonly<{ state: 'step' }> & ExportStep)
  );
