import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { sourceMapsFolder } from '../offline/framework/source-maps.ts';
import { readZip } from './read-zip.ts';

const projectFolder = join(import.meta.dirname, '..');
/** The framework is more than a thousand files: from the second start on, they are not compiled again. */
const compileCache = join(projectFolder, 'node_modules', '.cache', 'compile');
const copied = ['serverless.yml', 'package.json', 'resources', 'stepfunctions'];
const linked = ['node_modules', 'lib', 'offline'];

/** One resource of a packaged CloudFormation template. */
export type TemplateResource = Readonly<{
  Type: string;
  Properties: Readonly<Record<string, unknown>>;
  DependsOn?: string | readonly string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}>;

/** What `sls package` made: the template that would be deployed, and the files of each function's archive by path. */
export type PackagedService = Readonly<{
  template: Readonly<{ Resources: Record<string, TemplateResource>; Outputs: Record<string, { Value: unknown }> }>;
  /** The tags that CloudFormation is given with the stack, for each of its resources that takes any. */
  stackTags: Readonly<Record<string, string>>;
  /** The bundle of a function, as it is in its archive. */
  bundle(functionKey: string): Promise<Buffer>;
  /** The source map of a bundle, by the bundle's path, as it is kept beside the archives. */
  sourceMap(bundlePath: string): Promise<Buffer>;
  /** Removes the folder that it was packaged in. */
  remove(): Promise<void>;
}>;

/** What of the framework's own record of a package is read here. */
type State = Readonly<{ service: { provider: { stackTags?: Record<string, string> } } }>;

export type PackageOptions = Readonly<{
  stage: string;
  /** Each becomes a `--param name=value`. */
  params?: Readonly<Record<string, string>>;
  /** May answer with other source for a file of `handlers/`, which is bundled with the very same options. */
  handlerSource?: (file: string) => string | undefined;
}>;

/** `sls package` failed; the message is all that it printed. */
export class PackageError extends Error {
  override readonly name = 'PackageError';
}

/**
 * Packages the service in a copy of its folder, as someone without credentials would: `sls package` always writes
 * to `.serverless/` beside serverless.yml, so two of them in one folder would spoil each other.
 */
export async function packageService({
  stage,
  params = {},
  handlerSource = () => undefined,
}: PackageOptions): Promise<PackagedService> {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-package-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await copyService(folder, handlerSource);
    const paramArguments = Object.entries(params).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    await runServerless(folder, ['package', '--stage', stage, ...paramArguments]);
    const packaged = (file: string): Promise<Buffer> => readFile(join(folder, '.serverless', file));
    const text = await packaged('cloudformation-template-update-stack.json');
    const state = JSON.parse((await packaged('serverless-state.json')).toString()) as State;
    return {
      template: JSON.parse(text.toString()) as PackagedService['template'],
      stackTags: state.service.provider.stackTags ?? {},
      bundle: async (functionKey) => bundleIn(await packaged(`${functionKey}.zip`)),
      sourceMap: (bundlePath) => packaged(join(sourceMapsFolder, `${bundlePath}.map`)),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copyService(folder: string, handlerSource: (file: string) => string | undefined): Promise<void> {
  await Promise.all([
    ...copied.map((name) => cp(join(projectFolder, name), join(folder, name), { recursive: true })),
    ...linked.map((name) => symlink(join(projectFolder, name), join(folder, name))),
  ]);
  const handlers = join(projectFolder, 'handlers');
  await mkdir(join(folder, 'handlers'));
  for (const file of await readdir(handlers)) {
    const source = handlerSource(file) ?? (await readFile(join(handlers, file)));
    await writeFile(join(folder, 'handlers', file), source);
  }
}

/** Runs the framework with an empty home and nothing of AWS in the environment. */
async function runServerless(folder: string, serverlessArguments: readonly string[]): Promise<void> {
  const script = join(projectFolder, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const home = join(folder, 'home');
  await mkdir(home);
  const child = spawn(process.execPath, [script, ...serverlessArguments], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_COMPILE_CACHE: compileCache,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (exitCode !== 0) throw new PackageError(output);
}

function bundleIn(archive: Buffer): Buffer {
  const files = readZip(archive);
  const [bundle] = files;
  if (bundle === undefined || files.length > 1 || !bundle.path.endsWith('.cjs')) {
    throw new PackageError(
      `Expected a bundle alone in the archive and found ${files.map(({ path }) => path).join(', ')}.`,
    );
  }
  return bundle.content;
}
