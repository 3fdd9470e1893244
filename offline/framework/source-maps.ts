import { cp, mkdir, readdir } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';

import { bundlesOf } from './functions.ts';
import type { Serverless } from './types.ts';

/** Keeps the maps that esbuild writes beside its bundles out of what is deployed: Lambda would carry them for nothing. */
export function keepMapsOutOfArchives({ service }: Serverless): void {
  for (const configuration of Object.values(service.functions)) {
    const { patterns = [] } = (configuration.package ??= {});
    configuration.package.patterns = [...patterns, '!**/*.map'];
  }
}

/** Where the maps of a package stand, beside its archives. `npm run trace` reads them. */
export const sourceMapsFolder = 'source-maps';

/** Keeps the maps with the package, from the folder of the build. */
export async function keepMaps(serverless: Serverless): Promise<void> {
  const { serviceDir, service, processedInput } = serverless;
  const chosen = processedInput.options['package'];
  const archives = typeof chosen === 'string' ? chosen : (service.package?.path ?? '.serverless');
  const target = join(resolvePath(serviceDir, archives), sourceMapsFolder);
  const { folder } = bundlesOf(serverless);
  const maps = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.map'));
  await mkdir(target, { recursive: true });
  await Promise.all(maps.map((path) => cp(join(folder, path), join(target, path))));
}
