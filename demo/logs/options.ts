import { parseArgs } from 'node:util';
import { OptionError } from '../options.ts';

/** What a run of the logs demo is asked for. */
export type LogsDemoOptions = Readonly<{ events: number; seed: string; json: boolean; keep: boolean }>;

export const logsUsage = `npm run demo:logs [-- options]

Starts a local cloud of its own, seeds two log groups with three closed months and the one that is still open, runs the
state machine of the logs export twice, and compares the bucket with what was seeded.

  --events N     events of a group in a month, 2 to 5000         (default 200)
  --seed S       the same seed, the same events                  (default 1)
  --json         print the result as JSON and nothing else
  --keep         keep the state folder of the cloud, and say where it is
  --help         print this

Exit code: 0 every event of a closed month stands in the bucket once, and the second run exported nothing; 1 otherwise;
2 an option cannot be used.
`;

/**
 * Reads the command line.
 *
 * @throws {OptionError} an option is unknown, or its value is out of range
 */
export const parseLogsOptions = (commandLine: readonly string[]): LogsDemoOptions | 'help' => {
  const values = parse(commandLine);
  if (values.help === true) return 'help';
  const events = Number(values.events ?? '200');
  if (!Number.isInteger(events) || events < 2 || events > 5000) {
    throw new OptionError(`--events must be a whole number from 2 to 5000, not "${values.events ?? ''}"`);
  }
  return { events, seed: values.seed ?? '1', json: values.json === true, keep: values.keep === true };
};

const parse = (commandLine: readonly string[]) => {
  const options = {
    events: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...commandLine], options, allowPositionals: false }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error), { cause: error });
  }
};
