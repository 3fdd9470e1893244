import { parseArgs } from 'node:util';

/** What a run of the demo is asked for. */
export type DemoOptions = Readonly<{
  files: number;
  double: number;
  lose: number;
  /** As the local cloud takes it: `500ms`, `2s`. */
  delay: string;
  reorder: boolean;
  seed: number;
  ingest: (typeof ingests)[number];
  redrive: (typeof redrives)[number];
  archive: (typeof archives)[number];
  json: boolean;
  keep: boolean;
}>;

const ingests = ['direct', 'queue'] as const;
const redrives = ['queue', 'refire'] as const;
const archives = ['versions', 'bak'] as const;

/** An option cannot be used; the message names it. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const usage = `npm run demo [-- options]

Starts a local cloud of its own, drops files into its inbox while S3 loses and doubles events, waits until every file
is answered, and audits what became of each.

  --files N      how many file versions to send, 1 to 20000        (default 100)
  --lose P       share of S3 events never delivered, 0 to 1        (default 0.2)
  --double P     share of S3 events delivered twice, 0 to 1        (default 0.1)
  --delay T      longest delay of an S3 event: 500ms, 2s, 1m       (default 0ms)
  --reorder      deliver S3 events out of order
  --seed S       the same seed, the same files and faults          (default 1)
  --ingest M     direct: S3 calls the processor; queue: S3 sends to the work queue     (default direct)
  --redrive M    queue: the sweeper sends lost files to the queue; refire: it makes
                 S3 send their events again                                            (default queue)
  --archive M    versions: a file that is done stays as a noncurrent version; bak: as
                 a copy in bak/                                                        (default versions)
  --json         print the result as JSON and nothing else
  --keep         keep the state folder of the cloud, and say where it is
  --help         print this

Exit code: 0 nothing lost, nothing waiting, no effect doubled; 1 otherwise; 2 an option cannot be used.
`;

const declarations = {
  files: { type: 'string' },
  double: { type: 'string' },
  lose: { type: 'string' },
  delay: { type: 'string' },
  reorder: { type: 'boolean' },
  seed: { type: 'string' },
  ingest: { type: 'string' },
  redrive: { type: 'string' },
  archive: { type: 'string' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 *
 * @throws {OptionError} an option is unknown, or its value is none or out of range
 */
export const parseOptions = (commandLine: readonly string[]): DemoOptions | 'help' => {
  const values = parse(commandLine);
  if (values.help === true) return 'help';
  return read(values);
};

const read = (values: ReturnType<typeof parse>): DemoOptions => ({
  files: wholeNumber('files', values.files ?? '100', 1, 20_000),
  double: share('double', values.double ?? '0.1'),
  lose: share('lose', values.lose ?? '0.2'),
  delay: duration('delay', values.delay ?? '0ms'),
  reorder: values.reorder === true,
  seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 32 - 1),
  ingest: choice('ingest', values.ingest ?? 'direct', ingests),
  redrive: choice('redrive', values.redrive ?? 'queue', redrives),
  archive: choice('archive', values.archive ?? 'versions', archives),
  json: values.json === true,
  keep: values.keep === true,
});

const parse = (commandLine: readonly string[]) => {
  try {
    return parseArgs({ args: [...commandLine], options: declarations, allowPositionals: false }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error), { cause: error });
  }
};

const wholeNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new OptionError(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`);
};

const share = (name: string, text: string): number => {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw new OptionError(`--${name} must be a number from 0 to 1, not "${text}"`);
};

const duration = (name: string, text: string): string => {
  if (/^\d+(?:\.\d+)?(?:ms|s|m)$/.test(text)) return text;
  throw new OptionError(`--${name} must be a number with its unit, ms, s or m, like 500ms or 2s, not "${text}"`);
};

const choice = <Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice => {
  const chosen = choices.find((one) => one === text);
  if (chosen !== undefined) return chosen;
  throw new OptionError(`--${name} must be ${choices.join(' or ')}, not "${text}"`);
};
