/** What the runner and the bootstrap in a worker thread say to each other. */

/** An error as Lambda returns it to the caller: the name of the class is what Step Functions' `ErrorEquals` matches. */
export type FunctionError = Readonly<{ errorType: string; errorMessage: string; trace?: readonly string[] }>;

/** How one invocation of a function ended. The payload is JSON text. */
export type Outcome = Readonly<{ status: 'ok'; payload: string }> | Readonly<{ status: 'error'; error: FunctionError }>;

/** What a worker thread is born with. */
export type BootstrapData = Readonly<{
  modulePath: string;
  exportName: string;
  functionName: string;
  functionArn: string;
  memoryMiB: number;
  timeoutMs: number;
  logGroupName: string;
  logStreamName: string;
}>;

/** The runner to the worker: run the handler once. */
export type InvokeMessage = Readonly<{ requestId: string; payload: string; traceHeader: string }>;

/** The worker to the runner. `ended` with `final` says that the worker cannot be used again. */
export type WorkerMessage =
  | Readonly<{ type: 'ready' }>
  | Readonly<{ type: 'log'; requestId: string; line: string }>
  | Readonly<{ type: 'ended'; outcome: Outcome; final: boolean }>;

/** Lambda's limits: 6 MB for the payload of a `RequestResponse` and for any response, 1 MB for an `Event`. */
export const LARGEST_PAYLOAD_BYTES = { sync: 6_291_556, async: 1_048_576 } as const;
