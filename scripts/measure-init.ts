/**
 * Measures what a cold start costs: `require` of the packaged processor, against a bundle of nothing but the same SDK
 * clients and commands, built with the same options. Ends with exit code 1 when the ratio of the medians is above
 * the limit. The runs alternate, each in a fresh process, so that a busy machine slows both alike.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageService } from './package-service.ts';
import type { PackagedService } from './package-service.ts';

const runs = 31;
const limitRatio = 1.2;
const processorEntry = join(import.meta.dirname, '..', 'handlers', 'processor.ts');

type Bundle = Readonly<{ name: string; path: string; bytes: number; environment: Record<string, string> }>;

/**
 * The source of a handler that makes the clients that the processor makes and keeps the commands that it sends: what is
 * left of its imports from the SDK when everything else has been shaken off.
 */
async function bareSource(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [processorEntry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['@aws-sdk/client-*'],
  });
  const source = outputFiles.map(({ text }) => text).join('\n');
  const imports = [...source.matchAll(/^import \{([^}]+)\} from "(@aws-sdk\/client-[^"]+)";$/gm)];
  const moduleOf = new Map(
    imports.flatMap(([, names = '', module = '']) => names.split(',').map((name) => [importedName(name), module])),
  );
  const names = [...moduleOf.keys()];
  const clients = names.filter((name) => name.endsWith('Client'));
  if (clients.length === 0) throw new Error('The processor imports no SDK client: what is measured has moved.');
  return [
    ...[...moduleOf].map(([name, module]) => `import { ${name} } from '${module}';`),
    `export const used = [${names.join(', ')}];`,
    `export const clients = [${clients.map((name) => `new ${name}({})`).join(', ')}];`,
    'export const handler = async () => undefined;',
  ].join('\n');
}

/** `S3Client` in `S3Client as S3Client2`. */
const importedName = (name: string): string => name.trim().split(' as ')[0] ?? '';

/** The processor's own environment, with plausible text where the template has an intrinsic. */
function environmentOf({ template }: PackagedService): Record<string, string> {
  const { Variables } = template.Resources['ProcessorLambdaFunction']?.Properties['Environment'] as {
    Variables: Record<string, unknown>;
  };
  const plausible = (name: string): string =>
    name.endsWith('_URL') ? `https://${name}` : name.endsWith('_ARN') ? `arn:${name}` : name.toLowerCase();
  return Object.fromEntries(
    Object.entries(Variables).map(([name, value]) => [name, typeof value === 'string' ? value : plausible(name)]),
  );
}

/** Milliseconds that one cold `require` takes, in a process of its own. */
function requireMs({ path, environment }: Bundle): number {
  const code = `const from = process.hrtime.bigint(); require(${JSON.stringify(path)});
    process.stdout.write(String(Number(process.hrtime.bigint() - from) / 1e6)); process.exit();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=commonjs', '-e', code], {
    encoding: 'utf8',
    env: { ...environment, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
  });
  if (status !== 0) throw new Error(`The bundle ${path} could not be loaded:\n${stderr}`);
  return Number(stdout);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

async function buildBundle(name: string, folder: string, processorSource?: string): Promise<Bundle> {
  const handlerSource = (file: string) => (file === 'processor.ts' ? processorSource : undefined);
  const service = await packageService({ stage: 'dev', handlerSource });
  const content = await service.bundle('processor').finally(service.remove);
  const path = join(folder, `${name}.cjs`);
  await writeFile(path, content);
  return { name, path, bytes: content.length, environment: environmentOf(service) };
}

const folder = await mkdtemp(join(tmpdir(), 'everyfile-init-'));
try {
  const processor = await buildBundle('processor', folder);
  const bare = await buildBundle('bare', folder, await bareSource());
  const bundles = [processor, bare];
  const timesMs = new Map(bundles.map((bundle) => [bundle.name, [] as number[]]));
  for (const bundle of bundles) requireMs(bundle);
  for (let run = 0; run < runs; run += 1)
    for (const bundle of bundles) timesMs.get(bundle.name)?.push(requireMs(bundle));

  const medianOf = ({ name }: Bundle): number => median(timesMs.get(name) ?? []);
  const ratio = medianOf(processor) / medianOf(bare);
  console.table(
    bundles.map((bundle) => ({
      bundle: bundle.name,
      'size (kB)': Math.round(bundle.bytes / 1000),
      'median require (ms)': Number(medianOf(bundle).toFixed(1)),
      runs,
    })),
  );
  console.log(`ratio ${ratio.toFixed(2)}, limit ${limitRatio}`);
  process.exitCode = ratio <= limitRatio ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
