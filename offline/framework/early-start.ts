import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import type { LocalCloud, Run } from './local-cloud.ts';
import { offlineOptionDeclarations, parseOfflineOptions, type OfflineOptions } from './options.ts';
import type { LocalService, Log } from './types.ts';

/**
 * The framework takes seconds until it knows the service. So each start keeps what it came to know, and the next one, if
 * no file of the configuration has changed, opens the local cloud by that before it loads the framework. What the
 * framework then says is the truth: where it differs, the cloud starts again with it.
 */
export type EarlyStart = Readonly<{
  service: LocalService;
  options: OfflineOptions;
  cloud: LocalCloud;
  /** Whoever takes the cloud over: from then on it writes here, and its functions run once they are bundled. */
  adopt(log: Speaker, bundled: Promise<unknown>): void;
}>;

type Speaker = Pick<Log, 'notice' | 'warning'>;

const EARLY = Symbol.for('everyfile.early-start');
type Holder = { [EARLY]?: EarlyStart | undefined };

/** Beside the packages: `npm ci` takes it away with them, and nobody commits it. */
const keptAt = (serviceDir: string): string => join(serviceDir, 'node_modules', '.cache', 'everyfile', 'service.json');

/** Every file that may be part of the configuration. A file elsewhere is noticed too, only later. */
const configurationOf = (serviceDir: string): string[] => [
  ...['serverless.yml', 'package.json', 'package-lock.json', '.env', '.env.local'],
  ...['resources', 'stepfunctions'].flatMap((folder) =>
    namesIn(join(serviceDir, folder)).map((name) => join(folder, name)),
  ),
];

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

const fingerprintOf = (serviceDir: string): string => {
  const hash = createHash('sha256');
  for (const file of configurationOf(serviceDir)) hash.update(`${file}\0${contentOf(join(serviceDir, file))}\0`);
  return hash.digest('hex');
};

const contentOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'absent';
  }
};

/** Keeps what the framework has said of the service, for the next start. */
export const keepForNextStart = (serviceDir: string, service: LocalService): void => {
  const path = keptAt(serviceDir);
  mkdirSync(dirname(path), { recursive: true });
  // Two starts at once must not write into each other's file.
  const whole = `${path}.${process.pid}`;
  // Values of the environment are in it.
  writeFileSync(whole, JSON.stringify({ fingerprint: fingerprintOf(serviceDir), service }), { mode: 0o600 });
  renameSync(whole, path);
};

const keptFrom = (serviceDir: string): LocalService | undefined => {
  try {
    const kept = JSON.parse(readFileSync(keptAt(serviceDir), 'utf8')) as { fingerprint: string; service: LocalService };
    return kept.fingerprint === fingerprintOf(serviceDir) ? kept.service : undefined;
  } catch {
    // The first start, or a file that was cut off: the framework says it all anew.
    return undefined;
  }
};

/** The options of the command line, or `undefined` where one of them is the framework's or another plugin's. */
const optionsFrom = (words: readonly string[]): OfflineOptions | undefined => {
  try {
    const declared = Object.entries(offlineOptionDeclarations).map(([name, { type }]) => [name, { type }] as const);
    const { values } = parseArgs({ args: [...words], options: Object.fromEntries(declared), strict: true });
    return parseOfflineOptions({ ...values });
  } catch {
    // The framework will say what is wrong, if anything is.
    return undefined;
  }
};

/** Opens the local cloud if it is known how. Whatever hinders it comes up again when the framework starts the cloud. */
export const startEarly = async (serviceDir: string, words: readonly string[]): Promise<void> => {
  const options = optionsFrom(words);
  const service = options === undefined ? undefined : keptFrom(serviceDir);
  if (options === undefined || service === undefined) return;
  const { startLocalCloud } = await import('./local-cloud.ts');
  const adopted = Promise.withResolvers<unknown>();
  // It fails where the run ends before its functions are bundled; who waits for them is told by the invocation.
  adopted.promise.catch(() => undefined);
  let speaker: Speaker = { notice: console.error, warning: console.error };
  const log: Speaker = { notice: (text) => speaker.notice(text), warning: (text) => speaker.warning(text) };
  const bundles = { folder: '', extension: '' };
  try {
    const cloud = await startLocalCloud(service, options, { serviceDir, log, bundles, bundled: adopted.promise });
    const adopt: EarlyStart['adopt'] = (next, bundled) => {
      speaker = next;
      adopted.resolve(bundled);
    };
    (globalThis as Holder)[EARLY] = { service, options, cloud, adopt };
    process.stderr.write(`The local cloud answers at ${cloud.endpoint}; functions run once the framework is loaded.\n`);
    endWithTheFramework();
  } catch {
    // As when a port is taken: the framework prints it as one line.
  }
};

/** A framework that fails sets the exit code and lets the process run out, which a cloud that nobody took would hold. */
const endWithTheFramework = (): void => {
  const watch = setInterval(() => {
    const isTaken = (globalThis as Holder)[EARLY] === undefined;
    if (isTaken || process.exitCode !== undefined) clearInterval(watch);
    if (process.exitCode !== undefined) takeEarlyStart()?.cloud.close().catch(console.error);
  }, 100);
};

/** The cloud that was opened early, handed out once. */
export const takeEarlyStart = (): EarlyStart | undefined => {
  const holder = globalThis as Holder;
  const early = holder[EARLY];
  holder[EARLY] = undefined;
  return early;
};

/**
 * The cloud of this run: the one that was opened early, if that is the one which is wanted now; else it is closed, and the
 * wanted one starts. What the early one has acknowledged stays, `--fresh` or not.
 */
export const openLocalCloud = async (
  service: LocalService,
  options: OfflineOptions,
  run: Required<Run>,
): Promise<{ cloud: LocalCloud; wasKnown: boolean }> => {
  const early = takeEarlyStart();
  if (early !== undefined && isDeepStrictEqual([early.service, early.options], [service, options])) {
    early.adopt(run.log, run.bundled);
    await early.cloud.reload(run.bundles);
    return { cloud: early.cloud, wasKnown: true };
  }
  if (early !== undefined)
    run.log.notice('The service or its options are not what they were taken for: the local cloud starts again.');
  await early?.cloud.close();
  const { startLocalCloud } = await import('./local-cloud.ts');
  const fresh = options.fresh && early === undefined;
  return { cloud: await startLocalCloud(service, { ...options, fresh }, run), wasKnown: false };
};
