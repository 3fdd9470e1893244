import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runSls, type Run } from './sls.ts';

const LIMIT_MS = 120_000;
let home: string;
const runs: Run[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'everyfile-invoke-'));
});
afterAll(async () => {
  for (const run of runs) run.process.kill('SIGKILL');
  await Promise.all(runs.map(({ ended }) => ended));
  await rm(home, { recursive: true, force: true });
});

/** Invokes the processor with an event of tests/events, on a cloud of its own. */
function invoke(event: string, ...more: string[]): Run {
  const cloud = ['--stage', 'local', '--port', '0', '--stateDir', join(home, 'state')];
  const run = runSls(
    home,
    'invoke',
    'local',
    '-f',
    'processor',
    '--path',
    `tests/events/${event}.json`,
    ...cloud,
    ...more,
  );
  runs.push(run);
  return run;
}

it.each([
  ['s3-put', '"fileId": "s3://everyfile-local-inbox/incoming/hello.txt#'],
  ['s3-odd-key', '"fileId": "s3://everyfile-local-inbox/incoming/café + 100% (日本語).txt#'],
  ['s3-test-event', '[]'],
])(
  '%s.json is answered',
  async (event, answer) => {
    const run = invoke(event);
    expect([await run.ended, run.output()]).toEqual([0, expect.stringContaining(answer)]);
  },
  LIMIT_MS,
);

it.each([
  ['foreign-bucket', 'somebody-elses-bucket'],
  ['not-s3', 'expected an S3 event'],
])(
  '%s.json is refused by what is wrong with it, and the command ends',
  async (event, reason) => {
    const run = invoke(event);
    expect([await run.ended, run.output()]).toEqual([1, expect.stringContaining(reason)]);
  },
  LIMIT_MS,
);

it(
  'a function that cannot start says which variable is wrong, and the command ends',
  async () => {
    const run = invoke('s3-put', '--env', 'LEASE_MS=soon');
    expect([await run.ended, run.output()]).toEqual([1, expect.stringContaining('LEASE_MS is "soon"')]);
  },
  LIMIT_MS,
);
