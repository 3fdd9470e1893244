import { OptionError } from './options.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A command of the demo: how its options are read, what it says of itself, and what it does, to an exit code. */
export type Command<Options> = Readonly<{
  usage: string;
  parse(commandLine: readonly string[]): Options | 'help';
  run(options: Options, signal: AbortSignal): Promise<number>;
}>;

/** Runs a command as this process, which ends with it: 2 for an option that cannot be used, 130 and the like for signals. */
export const runCommand = async <Options>(command: Command<Options>): Promise<never> => {
  const interrupted = new AbortController();
  let exitCode: number | undefined;
  for (const signal of Object.keys(exitCodes) as (keyof typeof exitCodes)[]) {
    process.once(signal, () => {
      exitCode = exitCodes[signal];
      interrupted.abort(new Error(`Interrupted by ${signal}.`));
    });
  }
  try {
    const options = command.parse(process.argv.slice(2));
    if (options !== 'help') process.exit(await command.run(options, interrupted.signal));
    process.stdout.write(command.usage);
    process.exit(0);
  } catch (error) {
    if (error instanceof OptionError) {
      process.stderr.write(`${error.message}\n\n${command.usage}`);
      process.exit(2);
    }
    const shown: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error;
    process.stderr.write(`${shown instanceof Error ? shown.message : String(shown)}\n`);
    process.exit(exitCode ?? 1);
  }
};
