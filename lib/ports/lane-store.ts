import type { Baton, LaneItem } from '../domain/lane.ts';

/** The answer of one conditional write: the lane as it now is, or the lane that refused it. */
export type LaneAnswer =
  Readonly<{ written: true; item: LaneItem }> | Readonly<{ written: false; item: LaneItem | undefined }>;

/** What a runner leaves in its lane. What is absent is removed from it. */
export type LaneMemory = Pick<LaneItem, 'cursor' | 'backlogMs'>;

/**
 * The lanes. Each method is one conditional write; all but claim on the condition that the owner is me.
 * All throw {@link ServiceUnavailableError}, {@link AccessDeniedError}.
 */
export type LaneStore = Readonly<{
  /** How far behind the runner of that lane was when it last looked; at most an hour, 0 when there is none. */
  backlogMs(lane: string): Promise<number>;
  /** Condition: `isLaneFree`. Sets owner, fence + 1, lease; a tick sets the hop back to 0. */
  claim(by: {
    lane: string;
    owner: string;
    leaseUntil: number;
    now: number;
    skewMs: number;
    baton: Baton | undefined;
  }): Promise<LaneAnswer>;
  /** Moves the lease on and saves the memory: both are known to be mine in the same moment. */
  renew(by: { lane: string; owner: string; leaseUntil: number; memory: LaneMemory }): Promise<LaneAnswer>;
  /** Ends the lease and writes the hop and the memory. */
  release(by: { lane: string; owner: string; hop: number; memory: LaneMemory }): Promise<LaneAnswer>;
}>;
