import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { invokeResource, type Definition } from './definition.ts';
import { detailsOf, inputOf, outputOf, type History } from './history.ts';
import { TaskError, type InvokeFunction } from './invoke-function.ts';

/** A value of the engine's: JSON. */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Handler = (input: Json) => Promise<Json>;

/** What a state may give on at most. */
const mostBytes = 262_144;

/** The handlers that the engine calls in place of functions and waits, by the names of their states. */
export type TaskHandlers = Readonly<{
  handlers: Readonly<Record<string, Handler>>;
  /** The engine has given the running attempt up: for a time-out it is written, and its late result counts for nothing. */
  giveUp(stateName: string, error: string): void;
}>;

/** How the two ways to call a function are written into a history. */
type Wording = Readonly<{
  types: Readonly<Record<'scheduled' | 'started' | 'succeeded' | 'failed' | 'timedOut', string>>;
  common: object;
}>;

const typesOf = (word: string): Wording['types'] => ({
  scheduled: `${word}Scheduled`,
  started: `${word}Started`,
  succeeded: `${word}Succeeded`,
  failed: `${word}Failed`,
  timedOut: `${word}TimedOut`,
});
const byArn: Wording = { types: typesOf('LambdaFunction'), common: {} };
const byIntegration: Wording = { types: typesOf('Task'), common: { resourceType: 'lambda', resource: 'invoke' } };

export type TaskHandlersOptions = Readonly<{
  definition: Definition;
  history: History;
  functions: InvokeFunction;
  region: string;
  timeScale: number;
  now: () => Date;
}>;

export const createTaskHandlers = (options: TaskHandlersOptions): TaskHandlers => {
  const { definition, history, functions, region, timeScale, now } = options;
  let attempt = 0;
  let current: number | undefined;

  const wordingOf = (stateName: string): Wording =>
    invokeResource.test(String(definition.States[stateName]?.['Resource'])) ? byIntegration : byArn;

  const call = async (stateName: string, input: Json): Promise<Json> => {
    const resource = String(definition.States[stateName]?.['Resource']);
    if (!invokeResource.test(resource))
      return JSON.parse(await functions.invoke(resource, JSON.stringify(input))) as Json;
    const { FunctionName, Payload = {} } = input as { FunctionName?: unknown; Payload?: unknown };
    const payload = await functions.invoke(String(FunctionName), JSON.stringify(Payload));
    const metadata = { ExecutedVersion: '$LATEST', SdkHttpMetadata: { HttpStatusCode: 200 }, StatusCode: 200 };
    return { ...metadata, Payload: JSON.parse(payload) as Json };
  };

  const writeScheduled = (stateName: string, input: Json): void => {
    const { types, common } = wordingOf(stateName);
    const resource = String(definition.States[stateName]?.['Resource']);
    const given = JSON.stringify(input);
    const seconds = definition.States[stateName]?.['TimeoutSeconds'];
    const limit = seconds === undefined ? {} : { timeoutInSeconds: seconds };
    const details =
      common === byArn.common
        ? { resource, ...inputOf(given), ...limit }
        : { ...common, region, parameters: given, ...limit };
    history.append(types.scheduled, detailsOf(types.scheduled, details));
    history.append(types.started, common === byArn.common ? {} : detailsOf(types.started, common));
  };

  const runTask = async (stateName: string, input: Json): Promise<Json> => {
    // The engine tells of the state's entry in microtasks: they have all run when the turn is over.
    await turn();
    history.ended.throwIfAborted();
    const own = (attempt += 1);
    current = own;
    const { types, common } = wordingOf(stateName);
    writeScheduled(stateName, input);
    const write = (type: string, details: object): void => {
      if (current === own) history.append(type, detailsOf(type, { ...common, ...details }));
    };
    try {
      const result = await call(stateName, input);
      const text = JSON.stringify(result);
      if (Buffer.byteLength(text) > mostBytes) {
        const cause = `The state/task '${stateName}' returned a result with a size exceeding the maximum number of bytes service limit.`;
        throw new TaskError('States.DataLimitExceeded', cause);
      }
      write(types.succeeded, outputOf(text));
      return result;
    } catch (error) {
      if (error instanceof TaskError) write(types.failed, { error: error.name, cause: error.message });
      throw error;
    } finally {
      if (current === own) current = undefined;
    }
  };

  const runWait = async (input: Json): Promise<Json> => {
    const { Seconds, Timestamp, input: given } = input as { Seconds?: number; Timestamp?: string; input: Json };
    const seconds = Seconds ?? Math.max(0, (Date.parse(Timestamp ?? '') - now().getTime()) / 1000);
    await pause((seconds * 1000) / timeScale, undefined, { signal: history.ended });
    return given;
  };

  const handlerOf = (stateName: string, type: string): Handler | undefined => {
    if (type === 'Wait') return runWait;
    return type === 'Task' ? (input) => runTask(stateName, input) : undefined;
  };
  const handlers = Object.entries(definition.States).map(([name, { Type }]) => [name, handlerOf(name, Type)] as const);

  return {
    handlers: Object.fromEntries(handlers.filter((entry): entry is [string, Handler] => entry[1] !== undefined)),
    giveUp(stateName, error) {
      if (current === undefined) return;
      current = undefined;
      const { types, common } = wordingOf(stateName);
      history.append(types.timedOut, detailsOf(types.timedOut, { ...common, error }));
    },
  };
};
