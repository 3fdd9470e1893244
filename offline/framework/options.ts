import type { CloudOptions } from '../cloud.ts';
import type { OptionDeclaration, Options } from './types.ts';

/** The options of the local cloud, checked. */
export type OfflineOptions = Readonly<{
  port: number;
  stateDir: string;
  fresh: boolean;
  pauseSchedules: boolean;
  timeScale: number;
  faults: NonNullable<CloudOptions['faults']>;
}>;

const DEFAULT_PORT = 4566;
const DEFAULT_STATE_DIR = '.everyfile';

const text = (usage: string): OptionDeclaration => ({ type: 'string', usage });
const flag = (usage: string): OptionDeclaration => ({ type: 'boolean', usage });

/** What `sls offline` and `sls offline start` take, beside the options of serverless-offline. */
export const offlineOptionDeclarations = {
  port: text(`Port of the one endpoint; 0 takes a free one. Default: ${DEFAULT_PORT}.`),
  stateDir: text(`Folder that keeps objects, items and messages. Default: ${DEFAULT_STATE_DIR}.`),
  fresh: flag('Begin with an empty state folder.'),
  pauseSchedules: flag('Begin with the schedules held; POST {"paused": false} to /_everyfile/schedules lets them go.'),
  timeScale: text('Waits of state machines and log exports are this many times shorter than on AWS. Default: 60.'),
  lose: text('Share of S3 events that is never delivered, 0 to 1.'),
  double: text('Share of S3 events that is delivered twice, 0 to 1.'),
  delay: text('Longest delay of an S3 event: 500ms, 3s, 1m.'),
  reorder: flag('Deliver S3 events out of order.'),
  seed: text('Seed of these faults: the same seed, the same faults.'),
  faults: text('More faults as JSON, as POST /_everyfile/faults takes them: \'{"throttle":{"dynamodb":0.1}}\'.'),
} as const satisfies Readonly<Record<string, OptionDeclaration>>;

/** An option cannot be used. The message names it. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Checks what came from the command line. Throws an {@link OptionError}. */
export function parseOfflineOptions(options: Options): OfflineOptions {
  return {
    port: parseInteger('port', options['port'], DEFAULT_PORT, 0, 65_535),
    stateDir: textOf('stateDir', options['stateDir']) ?? DEFAULT_STATE_DIR,
    fresh: options['fresh'] === true,
    pauseSchedules: options['pauseSchedules'] === true,
    timeScale: parseInteger('timeScale', options['timeScale'], 60, 1, 100_000),
    faults: {
      lose: parseShare('lose', options['lose']),
      double: parseShare('double', options['double']),
      delayMs: parseDelayMs(options['delay']),
      reorder: options['reorder'] === true,
      seed: parseInteger('seed', options['seed'], 1, 0, 2 ** 32 - 1),
      ...parseFaults(textOf('faults', options['faults'])),
    },
  };
}

/** The cloud itself looks at the single faults. */
function parseFaults(given = '{}'): object {
  try {
    const faults: unknown = JSON.parse(given);
    if (typeof faults === 'object' && faults !== null && !Array.isArray(faults)) return faults;
  } catch {
    // Said below.
  }
  throw new OptionError(`--faults must be a JSON object, not "${given}".`);
}

function parseInteger(name: string, value: unknown, otherwise: number, minimum: number, maximum: number): number {
  const given = textOf(name, value);
  if (given === undefined) return otherwise;
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= minimum && number <= maximum) return number;
  throw new OptionError(`--${name} must be a whole number from ${minimum} to ${maximum}, not "${given}".`);
}

function parseShare(name: string, value: unknown): number {
  const given = textOf(name, value);
  if (given === undefined) return 0;
  if (/^(?:0|1|0?\.\d+|[01]\.\d+)$/.test(given) && Number(given) <= 1) return Number(given);
  throw new OptionError(`--${name} must be a number from 0 to 1, not "${given}".`);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function parseDelayMs(value: unknown): number {
  const given = textOf('delay', value);
  if (given === undefined) return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(given);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new OptionError(`--delay must be a number with its unit, ms, s or m, like 500ms or 3s, not "${given}".`);
  }
  return Math.round(Number(match[1]) * (UNIT_MS[match[2]] ?? 1));
}

/** Text of an option; undefined when it was not given. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new OptionError(`--${name} needs a value.`);
}
