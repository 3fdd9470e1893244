import { parseArgs } from 'node:util';

/** What a run of the demo is asked for. */
export type DemoOptions = Readonly<{
  files: number;
  double: number;
  lose: number;
  seed: number;
  json: boolean;
  keep: boolean;
}>;

/** An option cannot be used; the message names it. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export const usage = `npm run demo [-- options]

Starts a local cloud of its own, drops files into its inbox, and audits what became of each.

  --files N    how many file versions to send, 1 to 20000        (default 100)
  --double P   share of S3 events delivered twice, 0 to 1        (default 0.1)
  --lose P     share of S3 events never delivered, 0 to 1        (default 0)
  --seed S     the same seed, the same files and faults          (default 1)
  --json       print the result as JSON and nothing else
  --keep       keep the state folder of the cloud, and say where it is
  --help       print this

Exit code: 0 nothing lost and no effect doubled, 1 otherwise, 2 an option cannot be used.
`;

const declarations = {
  files: { type: 'string' },
  double: { type: 'string' },
  lose: { type: 'string' },
  seed: { type: 'string' },
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
  return {
    files: wholeNumber('files', values.files ?? '100', 1, 20_000),
    double: share('double', values.double ?? '0.1'),
    lose: share('lose', values.lose ?? '0'),
    seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 32 - 1),
    json: values.json === true,
    keep: values.keep === true,
  };
};

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
