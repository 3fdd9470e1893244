import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FunctionDefinition } from '../../../offline/contracts.ts';
import {
  createRunner,
  type LogLine,
  type ReloadableRunner,
  type RunnerOptions,
} from '../../../offline/runner/runner.ts';

/** A folder of handlers written as CommonJS text, and the runners made from them, all ended by `close`. */
export type Workshop = Readonly<{
  /** Writes `exports.handler = <source>` unless the source sets exports itself. */
  makeFunction(key: string, source: string, overrides?: Partial<FunctionDefinition>): Promise<FunctionDefinition>;
  makeRunner(
    functions: FunctionDefinition[],
    overrides?: Partial<RunnerOptions>,
  ): ReloadableRunner & { lines: LogLine[] };
  close(): Promise<void>;
}>;

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-runner-'));
  const runners: ReloadableRunner[] = [];
  let files = 0;
  return {
    async makeFunction(key, source, overrides = {}) {
      files += 1;
      const modulePath = join(folder, `${key}-${files}.cjs`);
      await writeFile(modulePath, source.includes('exports') ? source : `exports.handler = ${source};`);
      return {
        key,
        name: `everyfile-local-${key}`,
        modulePath,
        exportName: 'handler',
        environment: {},
        timeoutSeconds: 20,
        memoryMiB: 128,
        maximumRetryAttempts: 2,
        recursiveLoop: 'Terminate',
        ...overrides,
      };
    },
    makeRunner(functions, overrides = {}) {
      const lines: LogLine[] = [];
      const runner = createRunner({
        functions,
        endpoint: 'http://localhost:4566',
        region: 'us-east-1',
        accountId: '000000000000',
        retryDelaysMs: [5, 10],
        onLog: (line) => lines.push(line),
        ...overrides,
      });
      runners.push(runner);
      return { ...runner, lines };
    },
    async close() {
      await Promise.all(runners.map((runner) => runner.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Polls a condition until it holds, and fails by name when it does not come true. */
export async function until(what: string, condition: () => boolean, limitMs = 20_000): Promise<void> {
  const endsAt = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
