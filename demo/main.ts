/** `npm run demo`: see {@link usage}. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isClean, type Audit } from './audit.ts';
import { OptionError, parseOptions, usage, type DemoOptions } from './options.ts';
import { plotSvg } from './plot-svg.ts';
import { plotText } from './plot.ts';
import { createProgress, silentProgress } from './progress.ts';
import { formatJson, formatTable } from './report.ts';
import { runDemo } from './run.ts';

const { stdout, stderr } = process;
const interrupted = new AbortController();
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const signal of Object.keys(signals) as (keyof typeof signals)[]) {
  process.once(signal, () => {
    process.exitCode = signals[signal];
    interrupted.abort(new Error(`Interrupted by ${signal}.`));
  });
}

const main = async (options: DemoOptions): Promise<number> => {
  const progress = options.json ? silentProgress : createProgress(options.files, stderr, () => performance.now());
  const { result, timeline, stateDir } = await runDemo(options, progress, interrupted.signal);
  const colours = stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  const picture = await savePicture(plotSvg(timeline, titleOf(options, result)));
  if (options.json) stdout.write(`${formatJson(result)}\n`);
  else
    stdout.write(
      `\n${plotText(timeline, colours)}${formatTable(result, colours)}\n  The plot as a picture: ${picture}\n`,
    );
  if (options.keep) stderr.write(`The state of the cloud is kept in ${stateDir}\n`);
  return isClean(result) ? 0 : 1;
};

/** The one folder of the project that is no part of it. The path is as a person at its root would type it. */
const savePicture = async (svg: string): Promise<string> => {
  const folder = join(import.meta.dirname, '..', '.everyfile');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'demo.svg'), svg);
  return join('.everyfile', 'demo.svg');
};

const titleOf = ({ lose, double }: DemoOptions, { files, done, lost, waiting }: Audit): string =>
  `${files} files, ${percent(lose)} of the events lost, ${percent(double)} doubled: ${done} done, ${lost} lost, ${waiting} waiting`;

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const run = async (): Promise<number> => {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options !== 'help') return await main(options);
    stdout.write(usage);
    return 0;
  } catch (error) {
    if (error instanceof OptionError) {
      stderr.write(`${error.message}\n\n${usage}`);
      return 2;
    }
    const { signal } = interrupted;
    const shown = signal.aborted ? (signal.reason as unknown) : error;
    stderr.write(`${shown instanceof Error ? shown.message : String(shown)}\n`);
    return signal.aborted ? Number(process.exitCode) : 1;
  }
};

process.exit(await run());
