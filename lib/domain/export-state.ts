import type { PlannedTask } from './export-task.ts';
import type { GroupMonth } from './export-plan.ts';

/** What the state machine gives to `bucketCheck`: how often it has asked in this execution, and since when. */
export type ExportTurn = Readonly<{
  loop: number;
  /** How many of the last answers in a row were `wait`. */
  waits: number;
  /** Epoch ms. */
  startedAt: number;
}>;

/** The task that `logExport` is to create. */
export type ExportStep = GroupMonth & Readonly<{ task: PlannedTask }>;

/**
 * What `bucketCheck` answers; `state` is what the state machine chooses by, `waitSeconds` how long it then waits. `loop`
 * and `waits` come back with the next turn.
 */
export type ExportDecision = Readonly<{ loop: number; waits: number; waitSeconds: number }> &
  (
    | Readonly<{ state: 'fin'; summary: string }>
    | Readonly<{ state: 'wait'; reason: string }>
    | (Readonly<{ state: 'step' }> & ExportStep)
  );
