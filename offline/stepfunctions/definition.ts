type State = Readonly<Record<string, unknown> & { Type: string }>;

/** A state machine's definition in the Amazon States Language. */
export type Definition = Readonly<{
  StartAt: string;
  TimeoutSeconds?: number;
  States: Readonly<Record<string, State>>;
}> &
  Readonly<Record<string, unknown>>;

/** How a task calls its function: by the function's ARN as its resource, or by the integration `lambda:invoke`. */
const lambdaArn = /^arn:[^:]+:lambda:[^:]*:\d*:function:/;
export const invokeResource = /^arn:[^:]+:states:[^:]*:[^:]*:lambda:invoke$/;

const runTypes: ReadonlySet<string> = new Set(['Task', 'Wait', 'Choice', 'Pass', 'Succeed', 'Fail']);

const lackOf = (name: string, state: State): string | undefined => {
  if (!runTypes.has(state.Type)) return `${name}: states of type ${state.Type}`;
  if (state['QueryLanguage'] === 'JSONata') return `${name}: JSONata`;
  if (state['Assign'] !== undefined) return `${name}: variables (Assign)`;
  if (state.Type !== 'Task') return undefined;
  const resource = String(state['Resource']);
  return lambdaArn.test(resource) || invokeResource.test(resource) ? undefined : `${name}: the resource ${resource}`;
};

/** What of a definition the local cloud cannot run; empty when it can run it all. */
export const lacksOf = (definition: Definition): readonly string[] => [
  ...(definition['QueryLanguage'] === 'JSONata' ? ['JSONata'] : []),
  ...Object.entries(definition.States).flatMap(([name, state]) => lackOf(name, state) ?? []),
];

/** What `setTimeout` takes at most is 24.8 days. */
const longestSeconds = 2_000_000;

const scaled = (seconds: unknown, timeScale: number): number | undefined =>
  typeof seconds === 'number' ? seconds / timeScale : undefined;

const scaleRetry = (retrier: Readonly<Record<string, unknown>>, timeScale: number) => {
  const { IntervalSeconds = 1, MaxDelaySeconds } = retrier;
  const longest = scaled(MaxDelaySeconds, timeScale);
  return {
    ...retrier,
    IntervalSeconds: scaled(IntervalSeconds, timeScale),
    ...(longest === undefined ? {} : { MaxDelaySeconds: longest }),
  };
};

/** A wait as a task of the engine, whose handler waits: the engine itself would neither scale a path nor stop at once. */
const waitAsTask = (state: State): State => {
  const { Type, Seconds, SecondsPath, Timestamp, TimestampPath, ...rest } = state;
  const until = { Seconds, 'Seconds.$': SecondsPath, Timestamp, 'Timestamp.$': TimestampPath };
  const given = Object.entries(until).filter(([, value]) => value !== undefined);
  const Parameters = { 'input.$': '$', ...Object.fromEntries(given) };
  return { ...rest, Type: 'Task', Resource: Type, Parameters, TimeoutSeconds: longestSeconds };
};

const toRunnableState = (state: State, timeScale: number): State => {
  if (state.Type === 'Wait') return waitAsTask(state);
  const retriers = state['Retry'] as readonly Readonly<Record<string, unknown>>[] | undefined;
  const Retry = retriers && { Retry: retriers.map((retrier) => scaleRetry(retrier, timeScale)) };
  if (state.Type !== 'Task') return { ...state, ...Retry };
  // The engine ends a task without a limit after 60 s; Step Functions leaves it to the function.
  const limit = state['TimeoutSecondsPath'] === undefined && state['TimeoutSeconds'] === undefined;
  return { ...state, ...Retry, ...(limit ? { TimeoutSeconds: longestSeconds } : {}) };
};

/**
 * The definition as the engine runs it: its pauses divided by `timeScale`. The time-outs of tasks are left as they are,
 * since functions run in real time.
 */
export const toRunnable = (definition: Definition, timeScale: number): Definition => {
  const { TimeoutSeconds } = definition;
  const limit = scaled(TimeoutSeconds, timeScale);
  const states = Object.entries(definition.States).map(([name, state]) => [name, toRunnableState(state, timeScale)]);
  return {
    ...definition,
    ...(limit === undefined ? {} : { TimeoutSeconds: Math.min(limit, longestSeconds) }),
    States: Object.fromEntries(states) as Definition['States'],
  };
};
