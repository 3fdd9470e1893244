import { setTimeout as delay } from 'node:timers/promises';

import type { FunctionDefinition } from '../contracts.ts';
import type { Outcome } from './protocol.ts';

/** An event that Lambda has accepted and answers for: `InvocationType: Event`, S3, SNS, a schedule. */
export type AcceptedEvent = Readonly<{ requestId: string; payload: string; functionArn: string; traceHeader?: string }>;

export type AsyncEventsOptions = Readonly<{
  run: (definition: FunctionDefinition, event: AcceptedEvent) => Promise<Outcome>;
  /** Waits before the second and the third attempt: a minute and two on AWS, seconds here. */
  retryDelaysMs: readonly number[];
  /** Delivers the record of an event whose last attempt failed to the function's on-failure destination. */
  onFailure: (destinationArn: string, record: string) => Promise<void>;
  now: () => Date;
  log: (line: string) => void;
}>;

export type AsyncEvents = Readonly<{
  /** Returns at once. The request id is the same at every attempt. */
  accept(definition: FunctionDefinition, event: AcceptedEvent): void;
  /** Events of this function that are not finished, those that wait for a retry included. */
  pending(functionKey: string): number;
  /** Drops what waits for a retry: on this cloud the queue of accepted events is in memory alone. */
  close(): void;
}>;

export function createAsyncEvents(options: AsyncEventsOptions): AsyncEvents {
  const pending = new Map<string, number>();
  const closing = new AbortController();
  const count = (key: string, change: number): void => void pending.set(key, (pending.get(key) ?? 0) + change);

  async function carry(definition: FunctionDefinition, event: AcceptedEvent): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await options.run(definition, event);
      if (outcome.status === 'ok' || closing.signal.aborted) return;
      const recursive = outcome.error.errorType === 'RecursiveInvocationException';
      if (recursive || attempt > definition.maximumRetryAttempts) {
        await giveUp(definition, event, attempt, outcome);
        return;
      }
      const delayMs = options.retryDelaysMs[Math.min(attempt, options.retryDelaysMs.length) - 1] ?? 0;
      await delay(delayMs, undefined, { signal: closing.signal });
    }
  }

  async function giveUp(
    definition: FunctionDefinition,
    event: AcceptedEvent,
    attempts: number,
    outcome: Extract<Outcome, { status: 'error' }>,
  ): Promise<void> {
    const { errorType, errorMessage } = outcome.error;
    const fate =
      definition.onFailureArn === undefined ? 'the event is dropped' : `the event goes to ${definition.onFailureArn}`;
    options.log(`${definition.key}: ${errorType}: ${errorMessage} (attempt ${attempts}, the last: ${fate})`);
    if (definition.onFailureArn === undefined) return;
    const record = {
      version: '1.0',
      timestamp: options.now().toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: `${event.functionArn}:$LATEST`,
        condition: errorType === 'RecursiveInvocationException' ? 'RecursiveInvocation' : 'RetriesExhausted',
        approximateInvokeCount: attempts,
      },
      requestPayload: JSON.parse(event.payload) as unknown,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: outcome.error,
    };
    await options.onFailure(definition.onFailureArn, JSON.stringify(record));
  }

  return {
    accept(definition, event) {
      count(definition.key, 1);
      carry(definition, event)
        .catch((error: unknown) => {
          if (!closing.signal.aborted)
            options.log(`${definition.key}: the event ${event.requestId} is lost: ${String(error)}`);
        })
        .finally(() => count(definition.key, -1));
    },
    pending: (functionKey) => pending.get(functionKey) ?? 0,
    close: () => closing.abort(),
  };
}
