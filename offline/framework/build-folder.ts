import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Says which process builds in a folder. A name that nobody else gives a file: what has one may be taken away. */
const MARK = '.everyfile-build.pid';

/**
 * Marks the folder that this process builds in, and takes away those beside it whose process is gone: a run that was
 * killed could not do so itself.
 */
export function holdBuildFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARK), String(process.pid));
  const parent = dirname(folder);
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const pid = holderOf(join(parent, entry.name));
    if (pid !== undefined && !lives(pid)) rmSync(join(parent, entry.name), { recursive: true, force: true });
  }
}

function holderOf(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, MARK), 'utf8'));
  } catch {
    // No folder of a run, or one that its own run has just taken away.
    return undefined;
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else's is one that lives.
    return Error.isError(error) && 'code' in error && error.code === 'EPERM';
  }
}
