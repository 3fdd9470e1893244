/**
 * `npm run bench:faults [-- --json]`: the faults of the field against Powertools idempotency and against Everyfile, on
 * the same emulated DynamoDB, by the same triggers. Ends with an error where Everyfile misses its promise; what the
 * other does is shown, not judged: it may change with its version.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { startCloudProcess } from '../../tests/support/cloud-process.ts';
import type { Contender } from './contender.ts';
import { createEveryfile } from './everyfile.ts';
import { createPowertools } from './powertools.ts';
import { scenarios, type Seen, type ShiftedClock } from './scenarios.ts';

const realNow = Date.now;
let shiftMs = 0;
Date.now = () => realNow() + shiftMs;
const clock: ShiftedClock = { moveOn: (seconds) => void (shiftMs += seconds * 1000) };

const words = ({ runs, liveAtOnce, effects, blockedSeconds, requests }: Seen): string =>
  [
    `${runs} ${runs === 1 ? 'run' : 'runs'}`,
    ...(liveAtOnce > 1 ? [`${liveAtOnce} at once`] : []),
    `${effects} ${effects === 1 ? 'effect' : 'effects'}`,
    ...(blockedSeconds === undefined ? [] : [`free after ${blockedSeconds} s`]),
    ...(requests === undefined ? [] : [`${requests} ${requests === 1 ? 'request' : 'requests'}`]),
  ].join(', ');

const connect = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'local' },
});

const play = async (contenders: readonly Contender[]) => {
  const rows = [];
  for (const scenario of scenarios) {
    const seen: Seen[] = [];
    for (const contender of contenders) seen.push(await scenario.run(contender, clock));
    const [powertools, everyfile] = seen as [Seen, Seen];
    rows.push({ fault: scenario.fault, powertools, everyfile, kept: scenario.promised(everyfile) });
  }
  return rows;
};

const directory = await mkdtemp(join(tmpdir(), 'everyfile-faults-'));
const cloud = await startCloudProcess(directory);
try {
  const rows = await play([await createPowertools(connect(cloud.endpoint)), createEveryfile(connect(cloud.endpoint))]);
  const kept = rows.every((row) => row.kept);
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ kept, rows }));
  } else {
    const widths = [
      Math.max(...rows.map(({ fault }) => fault.length)),
      Math.max(...rows.map(({ powertools }) => words(powertools).length)),
    ] as const;
    console.log(
      styleText('bold', `${'fault'.padEnd(widths[0])}   ${'Powertools idempotency'.padEnd(widths[1])}   Everyfile`),
    );
    for (const row of rows) {
      const mark = row.kept ? '' : styleText('red', '   ✘ not as promised');
      console.log(
        `${row.fault.padEnd(widths[0])}   ${words(row.powertools).padEnd(widths[1])}   ${words(row.everyfile)}${mark}`,
      );
    }
  }
  process.exitCode = kept ? 0 : 1;
} finally {
  await cloud.kill();
  await rm(directory, { recursive: true, force: true });
}
// Functions that died in mid-air still hold their timers.
process.exit();
