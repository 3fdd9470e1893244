import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../../scripts/trace.ts');
let folder: string;
let stack: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everyfile-trace-'));
  await mkdir(join(folder, 'handlers'));
  await writeFile(join(folder, 'handlers/relay.ts'), `import { fail } from '../lib/failing.ts';\n\nfail('here');\n`);
  await mkdir(join(folder, 'lib'));
  const failing = `/** Fails. */\nexport const fail = (why: string): never => {\n  throw new Error(why);\n};\n`;
  await writeFile(join(folder, 'lib/failing.ts'), failing);
  const outfile = join(folder, 'package/source-maps/handlers/relay.cjs');
  await build({
    entryPoints: [join(folder, 'handlers/relay.ts')],
    ...{ outfile, bundle: true, minify: true, sourcemap: 'external', format: 'cjs', logLevel: 'silent' },
  });
  const { stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
  stack = stderr.replaceAll(outfile, '/var/task/handlers/relay.cjs');
  expect((await readFile(outfile, 'utf8')).trim().split('\n')).toHaveLength(1);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const trace = (input: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
    ...{ cwd: folder, input, encoding: 'utf8' },
  });
  return { status, stdout, stderr };
};

it('tells of a stack in the log the places in the sources, as lines or in one line of JSON', () => {
  const traced = trace(stack, 'package');
  expect(traced).toMatchObject({ status: 0, stdout: expect.stringMatching(/lib\/failing\.ts:3:9/) });
  expect(traced.stdout).toContain('handlers/relay.ts:3:1');
  expect(traced.stdout).not.toMatch(/\.cjs:\d+:\d/);
  expect(trace(JSON.stringify({ stack: stack.split('\n') }), 'package').stdout).toContain('lib/failing.ts:3:9)"');
});

it('leaves what is in no map as it is, with exit code 1, and says where maps are wanted, with 2', () => {
  const other = 'at x (/var/task/handlers/other.cjs:1:2)';
  expect(trace(other, 'package')).toMatchObject({
    status: 1,
    stdout: other,
    stderr: expect.stringContaining('1 places'),
  });
  expect(trace(stack)).toMatchObject({ status: 2, stderr: expect.stringContaining('.serverless/source-maps') });
});
