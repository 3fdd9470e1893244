import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { keepMaps, keepMapsOutOfArchives } from '../../../offline/framework/source-maps.ts';
import { makeServerless } from './framework.ts';

let serviceDir: string;
beforeEach(async () => {
  serviceDir = await mkdtemp(join(tmpdir(), 'everyfile-maps-'));
});
afterEach(() => rm(serviceDir, { recursive: true, force: true }));

it('keeps the maps of the build with the package, wherever that goes', async () => {
  const built = join(serviceDir, '.esbuild/1/.build/handlers');
  await mkdir(built, { recursive: true });
  for (const name of ['relay.cjs', 'relay.cjs.map', 'sweeper.cjs.map']) await writeFile(join(built, name), name);
  await keepMaps({ ...makeServerless(), serviceDir });
  await keepMaps({ ...makeServerless({ options: { package: join(serviceDir, 'elsewhere') } }), serviceDir });
  for (const folder of ['.serverless', 'elsewhere']) {
    const kept = await readdir(join(serviceDir, folder, 'source-maps/handlers'));
    expect(kept.sort()).toEqual(['relay.cjs.map', 'sweeper.cjs.map']);
  }
});

it('keeps them out of each archive, besides what its function leaves out by itself', () => {
  const serverless = makeServerless();
  serverless.service.functions['processor']!.package = { patterns: ['!notes.txt'] };
  keepMapsOutOfArchives(serverless);
  expect(serverless.service.functions['processor']!.package).toEqual({ patterns: ['!notes.txt', '!**/*.map'] });
});
