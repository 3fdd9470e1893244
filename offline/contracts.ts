import type { IncomingMessage, ServerResponse } from 'node:http';

/** The service a request is for: the fourth word of the credential scope, `s3` when a request carries none. */
export type ServiceName = 's3' | 'dynamodb' | 'sqs' | 'sns' | 'lambda' | 'states' | 'logs' | 'sts' | 'cloudformation';

/** One HTTP exchange at the endpoint, with what the credential scope says of the caller. */
export type Exchange = Readonly<{
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  requestId: string;
  /** The caller's access key id: on the local cloud each function's own name. Empty for an anonymous request. */
  accessKeyId: string;
  region: string;
}>;

/** What a service says of a request it answered, for the request log. */
export type Answered = Readonly<{
  /** AWS's operation name: `GetObject`, `UpdateItem`, `SendMessageBatch`. */
  operation: string;
  /** What it was done to: `bucket/key`, table, queue, topic or function name. */
  resource: string;
  /** AWS's error code, when the answer was an error. */
  errorCode?: string;
  /**
   * What a reader of the log may need beside the resource, by short names that the service chooses. DynamoDB says which
   * item (`key.<attribute>`), what text was set (`set.<attribute>`), what the item held that refused a condition
   * (`old.<attribute>`), and which index was asked (`index`). S3 says what a copy read (`copySource`, as `bucket/key`).
   */
  detail?: Readonly<Record<string, string>>;
}>;

/** A service behind the endpoint. It answers the exchange and tells the request log what it was. */
export type Service = Readonly<{
  handle(exchange: Exchange): Promise<Answered>;
  close(): Promise<void>;
}>;

/** A line of the request log: which caller made which call on which resource, and how it ended. */
export type RequestLogEntry = Readonly<{
  /** Rises by one a request; the cursor of `GET /_everyfile/requests?since=`. */
  n: number;
  /** ISO 8601, UTC. */
  at: string;
  accessKeyId: string;
  service: ServiceName;
  operation: string;
  resource: string;
  status: number;
  durationMs: number;
  errorCode?: string;
  detail?: Readonly<Record<string, string>>;
  /** Which invocation of a function made it, where one did: the `Parent` of its trace header. */
  invocation?: string;
}>;

/** Something that happened to an object, as the S3 service tells it: the raw matter of an S3 event. */
export type ObjectEvent = Readonly<{
  /** Without the `s3:` prefix, as in an event record: `ObjectCreated:Put`, `ObjectRemoved:DeleteMarkerCreated`. */
  eventName: string;
  eventTime: Date;
  bucket: string;
  /** As stored, not URL-encoded: the notifier encodes it. */
  key: string;
  /** Bytes; absent for removals. */
  size?: number;
  /** Bare, without quotes; absent for removals. */
  eTag?: string;
  /** Present when the bucket is versioned. */
  versionId?: string;
  /** Hexadecimal, rising within one key. */
  sequencer: string;
  requestId: string;
  principalId: string;
  sourceIpAddress: string;
}>;

/** The local S3, a Service that can also be used in process by the resource creator. */
export type LocalS3 = Service &
  Readonly<{
    /** Creates the bucket if it is absent and sets its versioning; nothing else of it is touched. */
    createBucket(name: string, options: { versioned: boolean }): void;
    /** Sets the policy of a bucket, as JSON text. Throws when there is no such bucket. */
    putBucketPolicy(bucket: string, document: string): void;
    /** One listener: the notifier. Called after the write is durable and before the response is sent; it must not throw. */
    onObjectEvent(listener: (event: ObjectEvent) => void): void;
  }>;

/** How the runner is asked to run a function, by every route. */
export type Invocation = Readonly<{
  /** Full name (`everyfile-local-processor`), partial or whole ARN, or function key (`processor`). */
  functionName: string;
  /** JSON text. */
  payload: string;
  /** The X-Ray trace header with its lineage, when the caller carried one. */
  traceHeader?: string;
  /** What the function sees as its `awsRequestId`: the API's own request id. One is made up where there is none. */
  requestId?: string;
}>;

/** What a function returned, or the error that it ended with, as Lambda would word it. */
export type InvocationResult =
  | Readonly<{ status: 'ok'; payload: string }>
  | Readonly<{ status: 'error'; functionError: 'Unhandled' | 'Handled'; payload: string }>;

/** Runs functions as Lambda does. */
export type Runner = Readonly<{
  /** `RequestResponse`. Rejects only when there is no such function (`ResourceNotFoundException`). */
  invoke(invocation: Invocation): Promise<InvocationResult>;
  /** `Event`: accepted at once, retried as Lambda retries, the last failure to the on-failure target if there is one. */
  invokeAsync(invocation: Invocation): void;
  /** The ARN of the function that `invoke` would run. Throws where there is none (`ResourceNotFoundException`). */
  arnOf(functionName: string): string;
  status(): Readonly<Record<string, FunctionStatus>>;
  /**
   * Kills the worker that runs the invocation of this trace header, as a crash would, and settles once it runs no more.
   * The trace header is the invocation's own: each attempt gets a new one. Does nothing when it has ended already.
   */
  cut(traceHeader: string): Promise<void>;
  /** Ends every worker; running invocations are cut, as a killed process would cut them. */
  close(): Promise<void>;
}>;

export type FunctionStatus = Readonly<{
  running: number;
  queued: number;
  /** Asynchronous events accepted and not yet finished (retries included). */
  pendingEvents: number;
  invocations: number;
  errors: number;
}>;

/** Faults that the local cloud makes on demand, all reproducible from `seed`. */
export type Faults = Readonly<{
  /** Share of S3 events never delivered, 0 to 1. */
  lose: number;
  /** Share of S3 events delivered twice, 0 to 1. */
  double: number;
  /** Longest delay of a delivery; each gets a random share of it. */
  delayMs: number;
  /** Deliver out of order. */
  reorder: boolean;
  seed: number;
}>;

/** A function of the service, as the runner needs it: resolved from serverless.yml, with the bundle that esbuild made. */
export type FunctionDefinition = Readonly<{
  /** `processor`. */
  key: string;
  /** `everyfile-local-processor`. */
  name: string;
  /** Absolute path of the CommonJS bundle, and the export in it. */
  modulePath: string;
  exportName: string;
  /** Only this function's own variables; intrinsics already resolved. */
  environment: Readonly<Record<string, string>>;
  timeoutSeconds: number;
  memoryMiB: number;
  /** `provider`/function `maximumRetryAttempts` for asynchronous events; Lambda's default is 2. */
  maximumRetryAttempts: number;
  /** ARN of a queue, topic or function that gets an asynchronous event whose last attempt failed. */
  onFailureArn?: string;
  recursiveLoop: 'Allow' | 'Terminate';
}>;

/** CloudFormation `Resources`, as osls has them after its own variables are resolved. */
export type Resources = Readonly<
  Record<string, Readonly<{ Type: string; Properties?: Record<string, unknown>; Condition?: string }>>
>;
