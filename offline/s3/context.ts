import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Exchange, ObjectEvent } from '../contracts.ts';
import type { Store } from './store/store.ts';

/** S3's sizes. They are arguments, so that a test can meet them without moving gigabytes. */
export type Limits = Readonly<{
  /** A single PUT, a part, and the source of a copy. */
  maximumUploadBytes: number;
  /** Every part but the last. */
  minimumPartBytes: number;
}>;

/** What every operation works with. */
export type Context = Readonly<{
  store: Store;
  limits: Limits;
  now(): Date;
  /** Tells the listener; to be called once the change stands. */
  emit(event: ObjectEvent): void;
}>;

/** A request that has been understood. */
export type Call = Readonly<{
  bucket: string;
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  exchange: Exchange;
}>;

/** What is to be sent back: XML as a string, an object as a stream. `undefined` headers are left out. */
export type Answer = Readonly<{
  status: number;
  headers?: Readonly<Record<string, string | undefined>>;
  body?: string | Readable;
}>;

export type Operation = (context: Context, call: Call) => Answer | Promise<Answer>;

/** The value of a header that may be sent once. */
export const headerOf = (call: Call, name: string): string | undefined => {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
};
