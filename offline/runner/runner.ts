import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import type { FunctionDefinition, FunctionStatus, Invocation, InvocationResult, Runner } from '../contracts.ts';
import { createAsyncEvents, type AcceptedEvent } from './async-events.ts';
import { invalidRequestContent, recursiveInvocation, requestTooLarge, resourceNotFound } from './errors.ts';
import { createExecutionEnvironment, type ExecutionEnvironment } from './execution-environment.ts';
import { functionNameIn } from './function-name.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import { functionArn, lambdaEnvironment, logGroupName, type Place } from './lambda-environment.ts';
import { LARGEST_PAYLOAD_BYTES, type Outcome } from './protocol.ts';
import { LONGEST_CHAIN, nextHop } from './trace.ts';

/** A line of a function's log, as CloudWatch Logs would hold it. */
export type LogLine = Readonly<{
  functionKey: string;
  requestId: string;
  line: string;
  logGroupName: string;
  logStreamName: string;
}>;

export type RunnerOptions = Place &
  Readonly<{
    functions: readonly FunctionDefinition[];
    /** Invocations wait for it, and their time-outs begin after it. */
    ready?: Promise<unknown>;
    /** Concurrent executions of one function; what is above waits in line. */
    concurrency?: number;
    /** Waits before the retries of an asynchronous event. */
    retryDelaysMs?: readonly number[];
    onLog?: (line: LogLine) => void;
    /** Takes every line besides, for the function's log group. */
    keepLog?: (line: LogLine) => void;
    onFailure?: (destinationArn: string, record: string) => Promise<void>;
    now?: () => Date;
    log?: (line: string) => void;
  }>;

/** The runner of the local cloud, which also takes new code while it runs. */
export type ReloadableRunner = Runner & Readonly<{ reload(functions: readonly FunctionDefinition[]): Promise<void> }>;

type Fleet = { definition: FunctionDefinition; pool: FunctionPool; invocations: number; errors: number };

/** Runs functions in worker threads as Lambda runs them in its execution environments. */
export function createRunner(options: RunnerOptions): ReloadableRunner {
  const { now = () => new Date(), log = () => undefined } = options;
  const fleets = new Map<string, Fleet>();
  const events = createAsyncEvents({
    run: (definition, event) => execute(fleetOf(definition.name), event),
    retryDelaysMs: options.retryDelaysMs ?? [1000, 3000],
    onFailure: options.onFailure ?? (() => Promise.reject(new Error('no on-failure delivery is configured'))),
    now,
    log,
  });
  options.functions.forEach(addFleet);

  function say({ key, name }: FunctionDefinition, logStreamName: string, requestId: string, line: string): void {
    const said = { functionKey: key, requestId, line, logGroupName: logGroupName(name), logStreamName };
    options.onLog?.(said);
    options.keepLog?.(said);
  }

  function addFleet(definition: FunctionDefinition): void {
    const fleet: Fleet = {
      definition,
      pool: createFunctionPool(options.concurrency ?? 8, () => createEnvironment(fleet.definition)),
      invocations: 0,
      errors: 0,
    };
    fleets.set(definition.key, fleet);
  }

  function createEnvironment(definition: FunctionDefinition): ExecutionEnvironment {
    const logStreamName = `${now().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`;
    return createExecutionEnvironment({
      data: {
        modulePath: definition.modulePath,
        exportName: definition.exportName,
        functionName: definition.name,
        functionArn: functionArn(definition.name, options),
        memoryMiB: definition.memoryMiB,
        timeoutMs: definition.timeoutSeconds * 1000,
        logGroupName: logGroupName(definition.name),
        logStreamName,
      },
      variables: lambdaEnvironment(definition, options, logStreamName),
      onLog: (requestId, line) => say(definition, logStreamName, requestId, line),
      now,
    });
  }

  /** By key, and by whatever the Lambda API takes. */
  function fleetOf(functionName: string): Fleet {
    const name = functionNameIn(functionName, options);
    for (const fleet of fleets.values()) {
      if (fleet.definition.key === name || fleet.definition.name === name) return fleet;
    }
    const isArn = functionName.startsWith('arn:');
    throw resourceNotFound(isArn ? functionName : functionArn(functionName.replace(/^.*function:/, ''), options));
  }

  async function execute(fleet: Fleet, event: AcceptedEvent): Promise<Outcome> {
    if (options.ready !== undefined) await options.ready;
    const { memoryMiB, recursiveLoop } = fleet.definition;
    const { requestId, payload } = event;
    const { traceHeader, count } = nextHop(event.functionArn, event.traceHeader, now().getTime());
    if (recursiveLoop === 'Terminate' && count > LONGEST_CHAIN) {
      const { name, message } = recursiveInvocation();
      return { status: 'error', error: { errorType: name, errorMessage: message } };
    }
    let startedAt = 0;
    let logStreamName = '';
    const tell = (line: string): void => say(fleet.definition, logStreamName, requestId, line);
    const outcome = await fleet.pool.run({ requestId, payload, traceHeader }, (environment) => {
      fleet.invocations += 1;
      startedAt = performance.now();
      ({ logStreamName } = environment);
      tell(`START RequestId: ${requestId} Version: $LATEST`);
    });
    if (startedAt === 0) return outcome;
    const durationMs = performance.now() - startedAt;
    if (outcome.status === 'error') fleet.errors += 1;
    if (outcome.status === 'error' && outcome.error.trace === undefined) tell(outcome.error.errorMessage);
    tell(`END RequestId: ${requestId}`);
    tell(`REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tMemory Size: ${memoryMiB} MB`);
    return outcome;
  }

  function accept(fleet: Fleet, invocation: Invocation, limitBytes: number): AcceptedEvent {
    const payload = invocation.payload === '' ? '{}' : invocation.payload;
    if (Buffer.byteLength(payload) > limitBytes) throw requestTooLarge(limitBytes);
    try {
      JSON.parse(payload);
    } catch (error) {
      throw invalidRequestContent(error instanceof Error ? error.message : String(error));
    }
    const { traceHeader, requestId = randomUUID() } = invocation;
    const event = { requestId, payload, functionArn: functionArn(fleet.definition.name, options) };
    return traceHeader === undefined ? event : { ...event, traceHeader };
  }

  return {
    async invoke(invocation) {
      const fleet = fleetOf(invocation.functionName);
      const outcome = await execute(fleet, accept(fleet, invocation, LARGEST_PAYLOAD_BYTES.sync));
      if (outcome.status === 'error' && outcome.error.errorType === 'RecursiveInvocationException')
        throw recursiveInvocation();
      return toResult(outcome);
    },
    invokeAsync(invocation) {
      const fleet = fleetOf(invocation.functionName);
      events.accept(fleet.definition, accept(fleet, invocation, LARGEST_PAYLOAD_BYTES.async));
    },
    arnOf: (functionName) => functionArn(fleetOf(functionName).definition.name, options),
    status() {
      const entries = [...fleets.values()].map(
        ({ definition, pool, invocations, errors }): [string, FunctionStatus] => [
          definition.key,
          {
            running: pool.running(),
            queued: pool.queued(),
            pendingEvents: events.pending(definition.key),
            invocations,
            errors,
          },
        ],
      );
      return Object.fromEntries(entries);
    },
    async cut(traceHeader) {
      await Promise.all([...fleets.values()].map(({ pool }) => pool.cut(traceHeader)));
    },
    async reload(functions) {
      for (const definition of functions) {
        const fleet = fleets.get(definition.key);
        if (fleet === undefined) addFleet(definition);
        else fleet.definition = definition;
      }
      await Promise.all([...fleets.values()].map(({ pool }) => pool.renew()));
    },
    async close() {
      events.close();
      await Promise.all([...fleets.values()].map(({ pool }) => pool.close()));
    },
  };
}

function toResult(outcome: Outcome): InvocationResult {
  if (outcome.status === 'ok') return outcome;
  return { status: 'error', functionError: 'Unhandled', payload: JSON.stringify(outcome.error) };
}
