/**
 * `npm run mutants [-- <part of a name>] [--json]`: breaks the code on purpose, one rule at a time, and asks the test that is
 * named beside each break whether it notices. Ends with an error when a mutant lives, when its text is no longer to be
 * found, or when a catcher fails without any mutant.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { inParallel } from '../lib/usecases/in-parallel.ts';
import { mutants, type Mutant } from '../tests/mutants/mutants.ts';

/** What Jest writes with `--json`, as far as it is read here. */
type JestReport = Readonly<{
  numTotalTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: readonly Readonly<{
    message: string;
    assertionResults: readonly Readonly<{ status: string; fullName: string }>[];
  }>[];
}>;

type Verdict = Readonly<{ mutant: Mutant; caught: boolean; by: string }>;

const folder = await mkdtemp(join(tmpdir(), 'everyfile-mutants-'));

/** Runs test files, with a mutant or without, and reads what became of each test. */
const runTests = async (run: string, files: readonly string[], mutant?: Mutant): Promise<JestReport> => {
  const [output, recipe] = [join(folder, `${run}.json`), join(folder, `${run}.mutant.json`)];
  if (mutant !== undefined) await writeFile(recipe, JSON.stringify(mutant));
  const paths = files.map((file) => `tests/${file}.test.ts`);
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = ['--config', 'tests/mutants/jest.config.js', '--runInBand', '--json', '--outputFile', output];
  const env = { ...process.env, ...(mutant === undefined ? {} : { EVERYFILE_MUTANT: recipe }) };
  // Jest's own exit code says that a test failed, which is what is hoped for: the report tells more.
  const printed = await new Promise<string>((resolve) => {
    const maxBuffer = 64 * 1024 * 1024;
    execFile(process.execPath, [...jest, ...options, ...paths], { env, maxBuffer }, (_, __, stderr) => resolve(stderr));
  });
  try {
    return JSON.parse(await readFile(output, 'utf8')) as JestReport;
  } catch (error) {
    throw new Error(`Jest left no report for ${run}:\n${printed}`, { cause: error });
  }
};

const failedTests = ({ testResults }: JestReport): string[] =>
  testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );

/** A mutant that fits nowhere, or in two places, would prove nothing. */
const checkText = async ({ name, file, find }: Mutant): Promise<void> => {
  const count = (await readFile(file, 'utf8')).split(find).length - 1;
  if (count !== 1) throw new Error(`mutant ${name}: its text stands in ${file} ${String(count)} times, not once`);
};

/** A test that cannot even be loaded has noticed nothing. */
const tryMutant = async (mutant: Mutant): Promise<Verdict> => {
  const report = await runTests(mutant.name, [mutant.catcher], mutant);
  if (report.numRuntimeErrorTestSuites > 0 || report.numTotalTests === 0) {
    throw new Error(`mutant ${mutant.name}: ${mutant.catcher} could not run\n${report.testResults[0]?.message ?? ''}`);
  }
  const [first] = failedTests(report);
  return { mutant, caught: first !== undefined, by: first ?? 'nobody' };
};

const [wanted = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const asJson = process.argv.includes('--json');
const chosen = mutants.filter(({ name }) => name.includes(wanted));
try {
  await Promise.all(mutants.map(checkText));
  const sound = await runTests('without', [...new Set(chosen.map(({ catcher }) => catcher))]);
  const unsound = failedTests(sound);
  if (unsound.length > 0 || sound.numRuntimeErrorTestSuites > 0) {
    throw new Error(`the catchers must pass without a mutant; these do not: ${unsound.join('; ')}`);
  }
  const verdicts: Verdict[] = [];
  await inParallel(chosen, availableParallelism(), async (mutant) => {
    const verdict = await tryMutant(mutant);
    verdicts.push(verdict);
    if (asJson) return;
    const mark = verdict.caught ? styleText('green', '✔ caught') : styleText('red', '✘ ALIVE ');
    console.log(`${mark}  ${mutant.name.padEnd(34)} ${mutant.catcher.padEnd(32)} ${verdict.by}`);
  });
  const caught = verdicts.filter((verdict) => verdict.caught).length;
  if (asJson) {
    const rows = verdicts.map(({ mutant: { name, rule, file, catcher }, ...verdict }) => ({
      name,
      rule,
      file,
      catcher,
      ...verdict,
    }));
    console.log(JSON.stringify({ mutants: chosen.length, caught, rows }));
  } else console.log(`\n${String(caught)} of ${String(chosen.length)} mutants caught.`);
  process.exitCode = caught === chosen.length && chosen.length > 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
