import { describeReport, explore, type Report } from './explore.ts';
import { longScenarios, scenarios, scenariosOfTheModel } from './scenarios.ts';

/**
 * `npm run explore [-- name …] [--json] [--long] [--model]`: every scenario to its end, a line each, and one for all.
 * `--model`: only those in the bounds of the protocol's model.
 */
const json = process.argv.includes('--json');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isAsked = (option: string): boolean => process.argv.includes(option);
const all = [...(isAsked('--model') ? scenariosOfTheModel : scenarios), ...(isAsked('--long') ? longScenarios : [])];
const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) throw new Error(`no such scenario; there are: ${all.map(({ name }) => name).join('; ')}`);

const reports: (Report & { seconds: number })[] = [];
for (const scenario of chosen) {
  const startedAt = performance.now();
  const report = await explore(scenario, {
    progress: (states, depth) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${scenario.name}: ${String(states)} states, depth ${String(depth)} `);
    },
  });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  reports.push({ ...report, seconds });
  if (!json) console.log(`${process.stderr.isTTY ? '\r' : ''}${describeReport(report)}, ${seconds.toFixed(1)} s`);
}
const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);
const total = {
  scenarios: reports.length,
  states: sum(({ states }) => states),
  transitions: sum(({ transitions }) => transitions),
  deepest: Math.max(...reports.map(({ depth }) => depth)),
  incomplete: reports.filter(({ complete }) => !complete).map(({ name }) => name),
  violations: sum(({ violations }) => violations.length),
};
console.log(
  json
    ? JSON.stringify({ total, reports })
    : `explored ${String(total.scenarios)} scenarios: ${String(total.states)} states, ${String(total.transitions)} transitions, ` +
        `depth up to ${String(total.deepest)}, ${String(total.incomplete.length)} incomplete, ${String(total.violations)} violations`,
);
if (total.violations > 0 || total.incomplete.length > 0) process.exitCode = 1;
