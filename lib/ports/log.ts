/** Structured log lines. Fields are plain JSON values; a file's line carries `fileId`. */
export type Log = Readonly<{
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}>;
