import { laneReserveSeconds, parameters, type Kind } from './parameters.ts';

/** Where a stage parameter can come from, as the Serverless Framework has them. */
export type ParameterSources = Readonly<{
  stage: string;
  /** `params:` of serverless.yml: a block per stage, and `default`. */
  blocks: Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>>;
  /** `--param` options: `name=value`. */
  options: readonly string[];
}>;

/** Lower case, because bucket names are; short, because a bucket's name with its account has 63 characters. */
const STAGE_NAME = /^[a-z][a-z0-9-]{0,19}$/;

/** As EventBridge has them: a rate of one is in the singular, and six fields make a cron. */
const SCHEDULE =
  /^(?:rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9]\d{1,4}) (?:minute|hour|day)s)\)|cron\(\S+(?: \S+){5}\))$/;

/**
 * Says in one sentence each what is wrong with the stage's name and its parameters, the allowed ones listed. Empty when
 * all is well. The framework itself takes any name in silence, and a typing error would deploy the default.
 */
export function checkParameters(sources: ParameterSources): string[] {
  const complaints: string[] = [];
  if (!STAGE_NAME.test(sources.stage)) {
    complaints.push(
      `The stage "${sources.stage}" is not allowed: lower-case letters, digits and hyphens, a letter first, at most 20.`,
    );
  }
  const blocks = Object.entries(sources.blocks);
  for (const [block, values] of blocks) {
    for (const [name, value] of Object.entries(values ?? {})) {
      complaints.push(...checkParameter(name, value, `params.${block} of serverless.yml`));
    }
  }
  for (const option of sources.options) {
    const [name, value] = splitOption(option);
    complaints.push(...checkParameter(name, value, '--param'));
  }
  return complaints.length > 0 ? complaints : checkTogether(effectiveValues(sources));
}

function checkParameter(name: string, value: unknown, where: string): string[] {
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (parameter === undefined) {
    return [`There is no stage parameter "${name}" (${where}). Allowed: ${Object.keys(parameters).join(', ')}.`];
  }
  if (accepts(parameter.kind, value)) return [];
  return [`The stage parameter ${name} cannot be "${String(value)}" (${where}). Allowed: ${describe(parameter.kind)}.`];
}

/** `--param` gives text where serverless.yml gives numbers. */
function accepts(kind: Kind, value: unknown): boolean {
  const text = String(value);
  if (kind.type === 'choice') return kind.values.some((allowed) => String(allowed) === text);
  if (kind.type === 'schedule') return SCHEDULE.test(text);
  if (kind.type === 'text') return kind.pattern.test(text);
  return /^\d{1,9}$/.test(text) && Number(text) >= kind.minimum && Number(text) <= kind.maximum;
}

function describe(kind: Kind): string {
  if (kind.type === 'choice') return kind.values.join(', ');
  if (kind.type === 'schedule') return 'rate(5 minutes), rate(1 hour), cron(0 12 * * ? *) and the like, in UTC';
  if (kind.type === 'text') return kind.expected;
  return `a whole number from ${kind.minimum} to ${kind.maximum}`;
}

/** The command line wins over the stage's block, and that over the default block. */
function effectiveValues({ stage, blocks, options }: ParameterSources): Record<string, unknown> {
  return { ...blocks['default'], ...blocks[stage], ...Object.fromEntries(options.map(splitOption)) };
}

/** Values that are well alone and wrong together. */
function checkTogether(values: Readonly<Record<string, unknown>>): string[] {
  const number = (name: string): number => Number(values[name] ?? Number.NaN);
  const complaints: string[] = [];
  if (number('leaseMs') + number('skewMs') >= 60_000) {
    complaints.push(
      `leaseMs + skewMs must be below 60000, so that Lambda's first retry takes over from a function that died; ` +
        `they are ${number('leaseMs')} + ${number('skewMs')}.`,
    );
  }
  if (number('timeoutSeconds') <= number('maxRunSeconds')) {
    complaints.push(
      `timeoutSeconds must be above maxRunSeconds, so that a run that lasts too long is recorded before Lambda ends ` +
        `it; they are ${number('timeoutSeconds')} and ${number('maxRunSeconds')}.`,
    );
  }
  if (number('relayTimeoutSeconds') <= number('maxRunSeconds') + laneReserveSeconds) {
    complaints.push(
      `relayTimeoutSeconds must be above maxRunSeconds + ${laneReserveSeconds}, so that the relay ends what it has ` +
        `begun before Lambda ends it; they are ${number('relayTimeoutSeconds')} and ${number('maxRunSeconds')}.`,
    );
  }
  for (const rate of ['sweepRate', 'relayRate']) {
    const seconds = secondsOfRate(String(values[rate]));
    if (seconds !== undefined && number('alarmSilenceSeconds') < 2 * seconds) {
      complaints.push(
        `alarmSilenceSeconds must be at least twice the ${rate}, so that the alarms see two runs; they are ` +
          `${number('alarmSilenceSeconds')} and ${seconds} s.`,
      );
    }
  }
  const exportRate = String(values['exportRate']);
  if ('exportRate' in values && !isDaily(exportRate)) {
    complaints.push(
      `exportRate must start the logs export once a day at least, or the alarm of alarmExportDays would ring between ` +
        `two; it is ${exportRate}. A run that finds nothing to do costs next to nothing.`,
    );
  }
  const lookedAfterDays = 31 * (number('monthsBack') + 1);
  if (number('exportDays') < lookedAfterDays) {
    complaints.push(
      `exportDays must be at least ${lookedAfterDays} with monthsBack ${number('monthsBack')}, or a month that is ` +
        `still looked after would lose its manifest and be exported again; it is ${number('exportDays')}.`,
    );
  }
  const ownIsExported = String(values['logGroups']).split(',').includes('own');
  if (ownIsExported && number('logRetentionDays') < lookedAfterDays) {
    complaints.push(
      `logRetentionDays must be at least ${lookedAfterDays} with monthsBack ${number('monthsBack')} and logGroups own, ` +
        `or days of a month would be gone before it is exported; it is ${number('logRetentionDays')}.`,
    );
  }
  return complaints;
}

const unitSeconds: ReadonlyMap<string, number> = new Map([
  ['minute', 60],
  ['hour', 3_600],
  ['day', 86_400],
]);

/** Undefined for a cron: its gaps are the calendar's. */
function secondsOfRate(schedule: string): number | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  const seconds = unitSeconds.get(unit);
  return count === undefined || seconds === undefined ? undefined : Number(count) * seconds;
}

/** Of a cron the day, the month, the weekday and the year must be any. */
const isDaily = (schedule: string): boolean => {
  const seconds = secondsOfRate(schedule);
  return seconds === undefined ? /^cron\(\S+ \S+ [*?] \* [*?] \*\)$/.test(schedule) : seconds <= 86_400;
};

function splitOption(option: string): [name: string, value: string] {
  const separator = option.indexOf('=');
  return separator < 0 ? [option, ''] : [option.slice(0, separator), option.slice(separator + 1).trimEnd()];
}
