import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps compiled code from start to start: the framework and its plugins are more than three thousand files. V8 drops the
 * code of what has run once, such as the framework's validator of 9 MB, before the process ends and the code is written
 * down; it is told not to.
 */
export function keepCompiledCode(): void {
  setFlagsFromString('--no-flush-bytecode');
  enableCompileCache();
}
