import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { holdBuildFolder } from '../../../offline/framework/build-folder.ts';

it('takes away what a killed run has built, and nothing of a run that lives or of anybody else', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'everyfile-build-'));
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const mark = async (folder: string, pid: number): Promise<void> => {
    await mkdir(join(parent, folder));
    await writeFile(join(parent, folder, '.everyfile-build.pid'), String(pid));
  };
  await mark('killed', dead);
  await mark('lives', process.ppid);
  await mkdir(join(parent, 'not-ours'));
  await writeFile(join(parent, 'a-file'), '');
  holdBuildFolder(join(parent, 'mine'));
  expect((await readdir(parent)).toSorted()).toEqual(['a-file', 'lives', 'mine', 'not-ours']);
  holdBuildFolder(join(parent, 'mine'));
  expect(await readdir(join(parent, 'mine'))).toEqual(['.everyfile-build.pid']);
  await rm(parent, { recursive: true });
});
