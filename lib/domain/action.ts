import type { Readable } from 'node:stream';
import type { Output } from './ledger-item.ts';

/** What S3 says of an object beside its bytes. */
export type FileHead = Readonly<{
  /** As the sender declared it. */
  contentType?: string;
  contentEncoding?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  lastModified?: Date;
  /** The sender's `x-amz-meta-*` headers, names in lower case. */
  userMetadata: Readonly<Record<string, string>>;
  /** The checksum S3 keeps, if any: `{ algorithm: 'CRC64NVME', value: base64 }`. */
  checksum?: Readonly<{ algorithm: string; value: string }>;
}>;

/** How an output is written. */
export type OutputOptions = Readonly<{
  contentType: string;
  /** Goes behind the file's name: `.sha256`. */
  ending?: string;
  /**
   * Whether the output is a function of the file's bytes alone (the default). If it is not (a time stamp, a random
   * draw), say `false`: its key then carries the fence, so that no attempt overwrites what another one wrote.
   */
  deterministic?: boolean;
}>;

/** The file as an action sees it. */
export type ActionFile = Readonly<{
  /** The file version's id, as in every log line. */
  id: string;
  bucket: string;
  key: string;
  /** Bytes. */
  size: number;
  eTag: string;
  /** Rises with every run of this file version: hand it to systems that can refuse a stale one. */
  fence: number;
  /** 1 on the first attempt. */
  attempt: number;
  head: FileHead;
  /** Aborted when the lease is lost or the rule's `maxRunSeconds` are over: pass it on to whatever takes long. */
  signal: AbortSignal;
  /**
   * The first bytes, at most so many (and at most 64 KiB), without using up the body.
   * @throws {SupersededError} {@link GoneError} when the object changed: let them pass, they are not failures
   */
  peek(bytes: number): Promise<Uint8Array>;
  /** The whole body as a stream. Each call opens its own; only the first costs no further request. */
  body(): Promise<Readable>;
  /**
   * Writes to the outputs bucket under `folder` + SHA-256 of the id + the tail of the key. Repeating it is harmless:
   * the same file version and folder give the same key. The output is recorded in the ledger with the commit.
   */
  writeOutput(folder: string, body: string | Uint8Array, options: OutputOptions): Promise<Output>;
  /** Queues a notice. It is committed together with "done" and sent after it, at least once. */
  notify(notice: { subject: string; text: string; data?: Readonly<Record<string, unknown>> }): void;
  /** One structured log line, with the file id in it. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
}>;

/**
 * What can happen to a file: a name and a function. What it returns is recorded in the ledger under its name, in one
 * write with "done". It may run more than once (a crash, a lost lease), so its effects outside of the ledger must be
 * safe to repeat; `writeOutput` and `notify` are.
 */
export type Action = Readonly<{
  name: string;
  run(file: ActionFile): Promise<Readonly<Record<string, unknown>> | undefined>;
}>;

/** Which actions run, in order, for the keys that begin with the prefix. The first rule that matches wins. */
export type Rule = Readonly<{
  /** As in S3, with the inbox prefix: `incoming/invoices/`. */
  prefix: string;
  actions: readonly Action[];
  /** The longest a run of all actions may take; the `maxRunSeconds` parameter when absent. */
  maxRunSeconds?: number;
}>;
