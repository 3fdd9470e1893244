/**
 * `npm run mutants [-- <part of a name>] [--json]`: breaks the code on purpose, one rule at a time, and asks the test that is
 * named beside each break whether it notices. Ends with an error when a mutant lives, when its text is no longer to be
 * found, or when a catcher cannot run or fails without any mutant.
 */
import { styleText } from 'node:util';
import { mutants } from '../tests/mutants/mutants.ts';
import { tryMutants, type Verdict } from '../tests/mutants/try-mutants.ts';

const [wanted = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const asJson = process.argv.includes('--json');
const chosen = mutants.filter(({ name }) => name.includes(wanted));
const startedAt = performance.now();

const show = ({ mutant: { name, catcher }, caught, by }: Verdict): void => {
  const mark = caught ? styleText('green', '✔ caught') : styleText('red', '✘ ALIVE ');
  console.log(`${mark}  ${name.padEnd(40)} ${catcher.padEnd(32)} ${by}`);
};

const verdicts = await tryMutants(chosen, { told: asJson ? () => undefined : show });
const caught = verdicts.filter((verdict) => verdict.caught).length;
const seconds = Math.round((performance.now() - startedAt) / 1000);
if (asJson) {
  const rows = verdicts.map(({ mutant: { name, rule, file, catcher }, ...rest }) => ({
    name,
    rule,
    file,
    catcher,
    ...rest,
  }));
  console.log(JSON.stringify({ mutants: chosen.length, caught, seconds, rows }));
} else console.log(`\n${String(caught)} of ${String(chosen.length)} mutants caught, in ${String(seconds)} s.`);
process.exitCode = caught === chosen.length && chosen.length > 0 ? 0 : 1;
