import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from '../mutants/mutants.ts';

const simulateWith = async (name: string): Promise<{ code: number; printed: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-broken-'));
  const recipe = join(folder, 'mutant.json');
  await writeFile(recipe, JSON.stringify(mutants.find((mutant) => mutant.name === name)));
  const program = ['--import', './tests/mutants/break-source.js', 'scripts/simulate.ts'];
  const size = ['--files', '300', '--seeds', '3'];
  const env = { ...process.env, EVERYFILE_MUTANT: recipe };
  const told = await new Promise<{ code: number; printed: string }>((resolve) => {
    execFile(process.execPath, [...program, ...size], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), printed: `${stdout}\n${stderr}` }),
    );
  });
  await rm(folder, { recursive: true });
  return told;
};

it('a service that lacks a rule ends the simulation with exit code 1, and a failure made small enough to be read', async () => {
  const { code, printed } = await simulateWith('lease-not-checked');
  expect(printed).toMatch(/made smaller: \d{1,2} of 1\d\d arrivals/);
  expect(printed).toMatch(/^faults needed: /m);
  expect(printed).toMatch(/^ +\d+\.\d{3} {2}sender puts /m);
  expect(printed).toMatch(/^Again: npm run simulate -- --seed \d+ --seeds 1 --files 100$/m);
  expect(printed).toMatch(/: [1-9]\d* violations \(/);
  expect(printed.split('\n').length).toBeLessThan(400);
  expect(code).toBe(1);
});
