import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { explain } from '../tests/simulation/random/minimise.ts';
import { makePlan } from '../tests/simulation/random/plan.ts';
import type { SeedReport, Share } from '../tests/simulation/random/run-seeds.ts';

const help = `Simulates the whole service in virtual time, seed by seed, and ends with one line.

  --files N     file arrivals in all (10,000)
  --seeds M     over so many seeds (20)
  --seed S      the first seed (1); with --seeds 1 and --files as many as the seed had, a failure is shown again
  --workers W   threads (1)
  --json        the last line as JSON

Exit code 1 when a promise was broken: the seed is made smaller and its story told.`;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const count = (name: 'files' | 'seeds' | 'seed' | 'workers'): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`--${name} must be a whole number from 1 on, and is ${values[name]}`);
};

if (values.help) {
  console.log(help);
  process.exit();
}

const [files, seeds, firstSeed] = [count('files'), count('seeds'), count('seed')];
const workers = Math.min(count('workers'), seeds);
const filesPerSeed = Math.ceil(files / seeds);
const startedAt = performance.now();
const totals = { seeds: 0, arrivals: 0, commits: 0, deaths: 0 };
const cpuMs = new Map<number, number>();
const failures: SeedReport[] = [];
let shownTenths = 0;

const violationsSoFar = (): number => failures.reduce((sum, failure) => sum + failure.violations.length, 0);

const showProgress = (): void => {
  const share = totals.seeds / seeds;
  const told = `${String(totals.seeds)} of ${String(seeds)} seeds, ${String(violationsSoFar())} violations`;
  if (process.stderr.isTTY) {
    const filled = Math.floor(share * 30);
    const bar = '█'.repeat(filled) + '░'.repeat(30 - filled);
    process.stderr.write(`\r\u001b[2K${bar}  ${told}`);
  } else if (Math.floor(share * 10) > shownTenths) {
    shownTenths = Math.floor(share * 10);
    process.stderr.write(`${told}, ${String(totals.arrivals)} arrivals\n`);
  }
};

const runShare = (worker: number): Promise<void> => {
  const share: Share = {
    first: firstSeed + worker,
    stride: workers,
    count: Math.ceil((seeds - worker) / workers),
    filesPerSeed,
  };
  const thread = new Worker(new URL('../tests/simulation/random/run-seeds.ts', import.meta.url), { workerData: share });
  thread.on('message', (report: SeedReport) => {
    totals.seeds += 1;
    totals.arrivals += report.arrivals;
    totals.commits += report.commits;
    totals.deaths += report.deaths;
    cpuMs.set(worker, report.cpuMs);
    if (report.violations.length > 0) {
      failures.push(report);
      process.stderr.write(`seed ${String(report.seed)}: ${report.violations[0] ?? ''}\n`);
    }
    showProgress();
  });
  return new Promise((resolve, reject) => {
    thread.on('error', reject);
    thread.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a worker ended with code ${String(code)}`)),
    );
  });
};

await Promise.all(Array.from({ length: workers }, (_, worker) => runShare(worker)));
if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
if (totals.seeds !== seeds) throw new Error(`only ${String(totals.seeds)} of ${String(seeds)} seeds were reported`);

const [worst] = failures.sort((one, other) => one.seed - other.seed);
if (worst !== undefined) {
  console.log(await explain(makePlan(String(worst.seed), filesPerSeed)));
  console.log(`Again: npm run simulate -- --seed ${String(worst.seed)} --seeds 1 --files ${String(filesPerSeed)}`);
}

const violations = violationsSoFar();
const cpuSeconds = [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0) / 1000;
const summary = {
  ...totals,
  violations,
  failedSeeds: failures.map(({ seed }) => seed),
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  arrivalsPerCpuSecond: Math.round(totals.arrivals / cpuSeconds),
};
console.log(
  values.json
    ? JSON.stringify(summary)
    : `${String(totals.arrivals)} file arrivals over ${String(seeds)} seeds: ${String(violations)} violations ` +
        `(${String(totals.commits)} commits, ${String(totals.deaths)} functions died; ${String(summary.seconds)} s, ` +
        `${String(summary.arrivalsPerCpuSecond)} arrivals a second of one core)`,
);
process.exitCode = violations > 0 ? 1 : 0;
