import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageService, type PackageOptions } from '../../scripts/package-service.ts';
import type { Template } from './template.ts';

const root = join(import.meta.dirname, '..', '..');
const cacheFolder = join(root, 'node_modules', '.cache', 'everyfile-templates');

/** All that a packaged template can depend on. */
const sources = ['serverless.yml', 'package-lock.json', 'resources', 'stepfunctions', 'handlers', 'offline'];

/** A template says nothing of what is in a bundle, and to bundle takes most of the time. */
const emptyHandler = 'export const handler = () => undefined;\n';

/**
 * The template that `sls package` makes. Packaging takes seconds and several tests look at the same combination, so a
 * template is kept until any file that it is made of changes.
 */
export async function packagedTemplate({
  stage,
  params = {},
}: Pick<PackageOptions, 'stage' | 'params'>): Promise<Template> {
  const key = createHash('sha256')
    .update(JSON.stringify([stage, params, await sourceDigest()]))
    .digest('hex');
  const file = join(cacheFolder, `${key}.json`);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Template;
  const service = await packageService({ stage, params, handlerSource: () => emptyHandler });
  await service.remove();
  await mkdir(cacheFolder, { recursive: true });
  // Written aside and renamed: another worker may look for the very same one.
  await writeFile(`${file}.${String(process.pid)}`, JSON.stringify(service.template));
  await rename(`${file}.${String(process.pid)}`, file);
  return service.template;
}

async function sourceDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = join(root, source);
    if (!existsSync(path)) continue;
    const isFolder = (await stat(path)).isDirectory();
    const files = isFolder ? await readdir(path, { recursive: true, withFileTypes: true }) : [];
    const paths = isFolder ? files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name)) : [path];
    for (const one of paths.toSorted()) hash.update(`${one}\0`).update(await readFile(one));
  }
  return hash.digest('hex');
}
