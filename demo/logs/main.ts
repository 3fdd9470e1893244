/** `npm run demo:logs`: see {@link logsUsage}. */
import { runCommand } from '../command.ts';
import { logsUsage, parseLogsOptions, type LogsDemoOptions } from './options.ts';
import { formatLogs, formatLogsJson, painter, stateLine } from './report.ts';
import { isWhole, runLogsDemo, type LogsProgress } from './run.ts';

const { stdout, stderr } = process;

const paint = painter(stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');

const silent: LogsProgress = { step: () => undefined, state: () => undefined };

const createProgress = (): LogsProgress => {
  let startedAt: number | undefined;
  return {
    step: (what) => {
      startedAt = undefined;
      stdout.write(`${what}\n`);
    },
    state: (state) => {
      startedAt ??= state.at;
      stdout.write(`${stateLine(paint, state, startedAt)}\n`);
    },
  };
};

const main = async (options: LogsDemoOptions, signal: AbortSignal): Promise<number> => {
  const progress = options.json ? silent : createProgress();
  const { result, stateDir } = await runLogsDemo(options, progress, signal);
  stdout.write(options.json ? `${formatLogsJson(result)}\n` : formatLogs(paint, result));
  if (options.keep) stderr.write(`The state of the cloud is kept in ${stateDir}\n`);
  return isWhole(result) ? 0 : 1;
};

await runCommand({ usage: logsUsage, parse: parseLogsOptions, run: main });
