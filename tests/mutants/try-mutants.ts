import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inParallel } from '../../lib/usecases/in-parallel.ts';
import type { Mutant } from './mutant.ts';

/** What Jest writes with `--json`, as far as it is read here. */
type JestReport = Readonly<{
  numTotalTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: readonly Readonly<{
    message: string;
    assertionResults: readonly Readonly<{ status: string; fullName: string; failureMessages: readonly string[] }>[];
  }>[];
}>;

/** Whether a mutant was caught, and by which test first. */
export type Verdict = Readonly<{ mutant: Mutant; caught: boolean; by: string }>;

/** A test file, and the words by which its tests are chosen. */
type Tests = Pick<Mutant, 'catcher' | 'test'>;

/** A mutant may make a test wait for ever: then there is no report, and no catch. */
const limitMs = 300_000;

/** Runs the tests of one file, with a mutant or without, and reads what became of each. */
const runTests = async (folder: string, run: string, tests: Tests, mutant?: Mutant): Promise<JestReport> => {
  const [output, recipe] = [join(folder, `${run}.json`), join(folder, `${run}.mutant.json`)];
  if (mutant !== undefined) await writeFile(recipe, JSON.stringify(mutant));
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = ['--config', 'tests/mutants/jest.config.js', '--runInBand', '--json', '--outputFile', output];
  const chosen = [`tests/${tests.catcher}.test.ts`, ...(tests.test === undefined ? [] : ['-t', tests.test])];
  const env = { ...process.env, ...(mutant === undefined ? {} : { EVERYFILE_MUTANT: recipe }) };
  // Jest's own exit code says that a test failed, which is what is hoped for: the report tells more.
  const printed = await new Promise<string>((resolve) => {
    const maxBuffer = 64 * 1024 * 1024;
    execFile(
      process.execPath,
      [...jest, ...options, ...chosen],
      { env, maxBuffer, timeout: limitMs },
      (_, __, stderr) => resolve(stderr),
    );
  });
  const text = await readFile(output, 'utf8').catch((cause: unknown) => {
    throw new Error(`Jest left no report of ${tests.catcher}:\n${printed}`, { cause });
  });
  const report = JSON.parse(text) as JestReport;
  if (report.numRuntimeErrorTestSuites === 0 && resultsOf(report).length > 0) return report;
  throw new Error(`${run}: no test ran in ${tests.catcher}\n${report.testResults[0]?.message ?? printed}`);
};

/** The tests that ran; those that the words did not choose are not among them. */
const resultsOf = ({ testResults }: JestReport) =>
  testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed');

/** What DynamoDB says of a condition that it cannot read: a mutant that is none of its language breaks no rule. */
const isNoCondition = /Invalid (?:Condition|Update)Expression/;

/** The tests that failed, and said these words. */
const failedTests = (report: JestReport, says = ''): string[] =>
  resultsOf(report)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ fullName, message: failureMessages.join('\n') }))
    .filter(({ message }) => message.includes(says) && !isNoCondition.test(message))
    .map(({ fullName }) => fullName);

/** A mutant that fits nowhere, or in two places, would prove nothing. */
const checkText = async ({ name, file, find }: Mutant): Promise<void> => {
  const count = (await readFile(file, 'utf8')).split(find).length - 1;
  if (count !== 1) throw new Error(`mutant ${name}: its text stands in ${file} ${String(count)} times, not once`);
};

const checkCatcher = async (folder: string, run: string, tests: Tests): Promise<void> => {
  const unsound = failedTests(await runTests(folder, run, tests));
  if (unsound.length > 0) {
    throw new Error(`the catchers must pass without a mutant; these do not: ${unsound.join('; ')}`);
  }
};

/**
 * Breaks the code, one mutant at a time, and asks the catcher of each whether it notices.
 * @throws when a mutant's text is not to be found, and when a catcher cannot run or fails without any mutant
 */
export const tryMutants = async (
  mutants: readonly Mutant[],
  {
    width = availableParallelism(),
    told = (): void => undefined,
  }: { width?: number; told?: (one: Verdict) => void } = {},
): Promise<Verdict[]> => {
  await Promise.all(mutants.map(checkText));
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-mutants-'));
  const verdicts: Verdict[] = [];
  try {
    const catchers = new Map(mutants.map(({ catcher, test }) => [JSON.stringify([catcher, test]), { catcher, test }]));
    const soundness = [...catchers.values()].map(
      ({ catcher, test }, index) =>
        () =>
          checkCatcher(folder, `sound-${String(index)}`, { catcher, ...(test !== undefined && { test }) }),
    );
    await inParallel(soundness, width, (check) => check());
    await inParallel(mutants, width, async (mutant) => {
      const [first] = failedTests(await runTests(folder, mutant.name, mutant, mutant), mutant.says);
      const verdict = { mutant, caught: first !== undefined, by: first ?? 'nobody' };
      verdicts.push(verdict);
      told(verdict);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return verdicts;
};
