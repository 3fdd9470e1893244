import type { ServiceName } from '../contracts.ts';

/** A fault that was made. */
export type FaultMade = Readonly<{
  /** Rises by one a fault. */
  n: number;
  /** ISO 8601, UTC. */
  at: string;
  fault: 'lose' | 'double' | 'delay' | 'reorder' | 'throttle' | 'fail' | 'cut' | 'loseResponse';
  /** What happened, for a person. */
  text: string;
  caller?: string;
  service?: ServiceName;
  operation?: string;
  /** The how-manieth event of its object, or call of this caller and operation, since such faults were last set. */
  occurrence: number;
}>;

/** The faults made in this run, the last of them. */
export type FaultLog = Readonly<{
  /** Also says it, in one line. */
  add(fault: Omit<FaultMade, 'n' | 'at'>): void;
  read(): readonly FaultMade[];
}>;

/** Creates a log that keeps the last `capacity` faults. */
export const createFaultLog = (
  options: Readonly<{ now: () => Date; log: (line: string) => void; capacity?: number }>,
): FaultLog => {
  const { capacity = 10_000 } = options;
  const made: FaultMade[] = [];
  let next = 0;
  return {
    add: (fault) => {
      made.push({ n: next, at: options.now().toISOString(), ...fault });
      next += 1;
      // Trimmed in pieces: moving a long array at every fault would cost more than the fault.
      if (made.length >= 2 * capacity) made.splice(0, made.length - capacity);
      options.log(`fault: ${fault.text}`);
    },
    read: () => made.slice(-capacity),
  };
};
