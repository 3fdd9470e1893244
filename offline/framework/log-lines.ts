import type { LogLine } from '../runner/runner.ts';

type Said = Pick<LogLine, 'functionKey' | 'requestId' | 'line'>;
type Fields = Readonly<Record<string, unknown>>;
type Paint = (text: string) => string;

const painted = (code: number): Paint => {
  return (text) => `\u001b[${String(code)}m${text}\u001b[0m`;
};
const plain: Paint = (text) => text;
const [red, green, yellow, dim] = [31, 32, 33, 2].map(painted) as [Paint, Paint, Paint, Paint];

/** How each outcome of a file looks: what ended well, what will go on, what a person must see. */
const looks: Readonly<Record<string, readonly [sign: string, paint: Paint]>> = {
  done: ['✔', green],
  duplicate: ['=', dim],
  superseded: ['=', dim],
  gone: ['=', dim],
  busy: ['…', dim],
  waiting: ['…', dim],
  retry: ['↻', yellow],
  throttled: ['↻', yellow],
  poison: ['✘', red],
};

/** What the sweeper and the relay say at the end of each run, short, with the counts that a person looks for. */
const runs: Readonly<Record<string, readonly [name: string, counts: Readonly<Record<string, string>>]>> = {
  'sweep ended': ['sweep', { foundBySweep: 'found', finishedBySweep: 'finished', unfinished: 'unfinished' }],
  'drain ended': ['drain', { received: 'received', answered: 'answered', unanswered: 'unanswered' }],
};

/** These come with every tick, and `runs` says it better. */
const untold: ReadonlySet<unknown> = new Set(['lane ended', 'lane is not free']);

/** How a run can end without being worth a word. */
const ordinary: ReadonlySet<unknown> = new Set(['finished', 'not-mine']);

/**
 * A function's log line as a person at the terminal reads it: which function, which invocation, what it said. An answer
 * about a file is one aligned line: outcome, key, how long. Lambda's own START, END and REPORT lines are left out, as
 * are its metrics; and so is what a tick says that found nothing to do: it comes every other second.
 */
export function formatLogLine({ functionKey, requestId, line }: Said, colours = false): string | undefined {
  if (/^(?:START|END|REPORT) RequestId: |^\{"_aws":/.test(line)) return undefined;
  const [, , level = '', ...message] = line.split('\t');
  const record = /^[A-Z]+$/.test(level) && message.length > 0;
  const said = record ? message.join('\t').replaceAll('\r', '\n') : line;
  const paintBy = (paint: Paint): Paint => (colours ? paint : plain);
  const from = paintBy(dim)(`${functionKey} ${requestId.slice(0, 8)}`);
  const fields = fieldsOf(said);
  if (fields !== undefined) {
    const description = describe(fields, paintBy);
    return description === undefined ? undefined : `${from}  ${description}`;
  }
  const label = record && level !== 'INFO' ? `${level} ` : '';
  return `${from}  ${paintBy(level === 'ERROR' ? red : plain)(`${label}${said}`)}`;
}

/** One of the service's own structured lines, else nothing. */
const fieldsOf = (said: string): Fields | undefined => {
  if (!said.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(said) as Fields;
  } catch {
    return undefined;
  }
};

const describe = (fields: Fields, paintBy: (paint: Paint) => Paint): string | undefined => {
  if (untold.has(fields['message'])) return undefined;
  const run = runs[String(fields['message'])];
  return run === undefined ? describeMessage(fields, paintBy) : describeRun(fields, ...run);
};

const describeRun = (fields: Fields, name: string, counts: Readonly<Record<string, string>>): string | undefined => {
  const { outcome } = fields;
  const notes = Object.entries(counts).flatMap(([field, word]) => {
    const count = fields[field];
    return typeof count === 'number' && count > 0 ? [`${word} ${String(count)}`] : [];
  });
  if (notes.length === 0 && ordinary.has(outcome)) return undefined;
  return `${name}  ${[...notes, ...(outcome === 'finished' ? [] : [String(outcome)])].join(' · ')}`;
};

const describeMessage = (fields: Fields, paintBy: (paint: Paint) => Paint): string => {
  const { level, message, fileId, key, outcome, durationMs, attempts, lastError, ...rest } = fields;
  const look = typeof outcome === 'string' ? looks[outcome] : undefined;
  if (look === undefined || typeof key !== 'string') {
    const paint = paintBy(level === 'error' ? red : level === 'warn' ? yellow : dim);
    const details = { fileId, key, outcome, durationMs, attempts, lastError, ...rest };
    return paint(`· ${String(message)}  ${JSON.stringify(details)}`);
  }
  const [sign, paint] = look;
  const notes = [
    typeof durationMs === 'number' ? `${String(durationMs)} ms` : undefined,
    typeof attempts === 'number' && attempts > 1 ? `attempt ${String(attempts)}` : undefined,
    typeof lastError === 'string' ? lastError : undefined,
    rest['finished'] === false ? 'not carried out yet' : undefined,
  ].filter((note) => note !== undefined);
  return `${paintBy(paint)(`${sign} ${String(outcome).padEnd(10)}`)}  ${key}  ${paintBy(dim)(notes.join(' · '))}`;
};
