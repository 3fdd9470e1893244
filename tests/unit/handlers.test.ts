import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

describe('a cold start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'everyfile-handler-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('without its environment fails by name, before any event is taken', async () => {
    const outfile = join(folder, 'processor.cjs');
    await build({
      entryPoints: [join(root, 'handlers', 'processor.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      keepNames: true,
      logLevel: 'silent',
    });
    const { status, stderr } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(outfile)})`], {
      env: { LEASE_MS: 'soon' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/ConfigurationError: INBOX_BUCKET_NAME is missing; .*LEASE_MS is "soon", expected a whole/);
  });
});
