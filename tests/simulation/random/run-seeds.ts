import { parentPort, workerData } from 'node:worker_threads';
import { makePlan } from './plan.ts';
import { simulate } from './simulate.ts';

/** What a worker is told: every `stride`-th seed from `first` on, so many in all, so many files each. */
export type Share = Readonly<{ first: number; stride: number; count: number; filesPerSeed: number }>;

/** What came of one seed. */
export type SeedReport = Readonly<{
  seed: number;
  violations: readonly string[];
  arrivals: number;
  commits: number;
  deaths: number;
  /** Processor time of this worker so far, milliseconds. */
  cpuMs: number;
}>;

/** A worker thread: runs its share of the seeds, and reports each. */
// Nobody reads the stack of an error here, and to write it down takes longer than the call that failed.
Error.stackTraceLimit = 0;
const { first, stride, count, filesPerSeed } = workerData as Share;
for (let index = 0; index < count; index += 1) {
  const seed = first + index * stride;
  const { violations, arrivals, commits, deaths } = await simulate(makePlan(String(seed), filesPerSeed));
  const { user, system } = process.threadCpuUsage();
  const report: SeedReport = { seed, violations, arrivals, commits, deaths, cpuMs: (user + system) / 1000 };
  parentPort?.postMessage(report);
}
