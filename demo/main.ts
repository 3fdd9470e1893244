/** `npm run demo`: see {@link usage}. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isClean, type Audit } from './audit.ts';
import { runCommand } from './command.ts';
import { parseOptions, usage, type DemoOptions } from './options.ts';
import { plotSvg } from './plot-svg.ts';
import { plotText } from './plot.ts';
import { createProgress, silentProgress } from './progress.ts';
import { formatJson, formatTable } from './report.ts';
import { runDemo } from './run.ts';

const { stdout, stderr } = process;

const main = async (options: DemoOptions, signal: AbortSignal): Promise<number> => {
  const progress = options.json ? silentProgress : createProgress(options.files, stderr, () => performance.now());
  const { result, timeline, stateDir } = await runDemo(options, progress, signal);
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

await runCommand({ usage, parse: parseOptions, run: main });
