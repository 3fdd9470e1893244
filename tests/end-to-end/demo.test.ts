import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '..', '..');

type Ended = Readonly<{ exitCode: number | null; stdout: string; stderr: string }>;

/** Runs the demo as `npm run demo` does; `onOutput` may end it early. */
const runDemo = (
  options: readonly string[],
  onOutput: (text: string, child: ChildProcess) => void = () => undefined,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['demo/main.ts', ...options], {
      cwd: projectFolder,
      // What Jest tells its own Node is not meant for this one.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        said[name] += chunk;
        onOutput(said[name], child);
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
  });

const demoLimitMs = 180_000;

describe('npm run demo', () => {
  it(
    'loses nothing and doubles no effect when events are lost and doubled, and prints nothing but JSON',
    async () => {
      const { exitCode, stdout } = await runDemo(['--files', '40', '--double', '0.3', '--seed', '11', '--json']);
      const result = JSON.parse(stdout) as Record<string, number>;
      expect(result).toMatchObject({
        files: 40,
        lost: 0,
        effectsDoubled: 0,
        effectsWrong: 0,
        waiting: 0,
        problems: [],
      });
      expect(result['done']! + result['superseded']! + result['gone']! + result['quarantined']!).toBe(40);
      expect(result['done']).toBeGreaterThan(30);
      expect(result['duplicates']! + result['busy']!).toBeGreaterThan(0);
      expect(result['ledgerWritesPerFile']).toBeGreaterThanOrEqual(2);
      expect(result['ledgerWritesPerFile']).toBeLessThanOrEqual(3);
      expect(result['ledgerReads']).toBe(0);
      expect(exitCode).toBe(0);
    },
    demoLimitMs,
  );

  it(
    'has every file done though every event is lost, and shows it in a plot and a table',
    async () => {
      const { exitCode, stdout } = await runDemo(['--files', '40', '--lose', '1']);
      expect(stdout).toMatch(/█ 0 by their event {3}░ 3\d found by the sweep/);
      expect(stdout).toMatch(/^ {6}3\d ┤ *░+$/m);
      expect(stdout).toMatch(/^ {2}done +3\d /m);
      expect(stdout).toMatch(/^ {2}waiting +0 /m);
      expect(stdout).toMatch(/^ {2}lost +0 /m);
      expect(stdout).toContain('Nothing lost, nothing waiting, no effect doubled.');
      expect(stdout).not.toContain('\u001b');
      const picture = /The plot as a picture: (\S+\.svg)/.exec(stdout)?.[1] ?? '';
      expect(await readFile(join(projectFolder, picture), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
      expect(exitCode).toBe(0);
    },
    demoLimitMs,
  );

  it.each(['--ingest queue', '--redrive refire --archive bak'])(
    'keeps its promise with %s and events that are lost, doubled, late and out of order',
    async (modes) => {
      const faults = ['--lose', '0.4', '--double', '0.3', '--delay', '2s', '--reorder', '--seed', '7'];
      const { exitCode, stdout } = await runDemo(['--files', '40', ...faults, '--json', ...modes.split(' ')]);
      const result = JSON.parse(stdout) as Record<string, number>;
      expect(result).toMatchObject({
        files: 40,
        lost: 0,
        waiting: 0,
        effectsDoubled: 0,
        effectsWrong: 0,
        problems: [],
      });
      expect(result['done']).toBeGreaterThan(30);
      expect(result['foundBySweep']).toBeGreaterThan(0);
      expect(result['longestWaitSeconds']).toBeGreaterThan(0);
      expect(result['ledgerWritesPerFile']).toBeLessThanOrEqual(3);
      expect(result['deadLetters']).toBe(0);
      expect(exitCode).toBe(0);
    },
    demoLimitMs,
  );

  it(
    'ends its cloud and takes its state away when it is interrupted',
    async () => {
      const stateDirs: string[] = [];
      const { exitCode, stderr } = await runDemo(['--files', '2000'], (text, child) => {
        if (stateDirs.length > 0 || !text.includes('Sending files')) return;
        stateDirs.push(join(projectFolder, '.everyfile', `demo-${child.pid}-1`));
        expect(stateDirs.map((dir) => existsSync(dir))).toEqual([true]);
        child.kill('SIGINT');
      });
      expect(stderr).toContain('Interrupted by SIGINT.');
      expect(exitCode).toBe(130);
      expect(stateDirs.map((dir) => existsSync(dir))).toEqual([false]);
    },
    demoLimitMs,
  );

  it('refuses an option that it does not know, by name, with exit code 2', async () => {
    const { exitCode, stderr, stdout } = await runDemo(['--fils', '3']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('--fils');
  });
});
