/**
 * `npm run measure:start [-- rounds]`: how long the local cloud takes from its start to its first answered request,
 * beside `sls offline` with the published plugins alone and a function that does nothing, in alternating runs. The first
 * start is one after an installation: nothing is kept but what `npm ci` has kept. Then the memory of each when it has
 * been idle for half a minute.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const sls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const limitMs = 120_000;
const idleMs = 30_000;
const folderOfAll = await mkdtemp(join(tmpdir(), 'everyfile-start-'));

/** What is started, and what answers once it is up. `install` is done before each start of it. */
type Contender = Readonly<{
  name: string;
  folder: string;
  script: string;
  args: readonly string[];
  url: string;
  install?: (environment: NodeJS.ProcessEnv) => Promise<unknown>;
}>;
type Sample = Readonly<{ wallMs: number; cpuMs: number; residentMiB: number }>;

const baselineService = (ports: readonly number[]): string => `service: baseline
provider: { name: aws, runtime: nodejs24.x, region: us-east-1 }
plugins: [serverless-esbuild, serverless-iam-roles-per-function, serverless-step-functions, serverless-offline]
custom:
  serverless-offline: { httpPort: ${ports[0] ?? 0}, lambdaPort: ${ports[1] ?? 0}, websocketPort: ${ports[2] ?? 0}, albPort: ${ports[3] ?? 0} }
functions:
  nothing: { handler: nothing.handler, events: [httpApi: GET /] }
`;

/** Ports that were free a moment ago, all different. */
const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const { ok } = await fetch(url);
    return ok;
  } catch {
    // Nobody listens yet.
    return false;
  }
};

/** Processor time and resident memory of a process, as Linux tells them; the bundler's own process is not in them. */
const usageOf = async (pid: number): Promise<Omit<Sample, 'wallMs'>> => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  const [userTicks = 0, systemTicks = 0] = fields.slice(11, 13).map(Number);
  const resident = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuMs: (userTicks + systemTicks) * 10, residentMiB: Number(resident) / 1024 };
};

/** Starts it, waits for its first answer, and lets somebody look at it before it is ended. */
const started = async <T>(
  { name, folder, script, args, url, install }: Contender,
  look: (pid: number, wallMs: number) => Promise<T>,
): Promise<T> => {
  const environment: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  // Compiled code is kept among the temporary files.
  if (install !== undefined) environment['TMPDIR'] = await mkdtemp(join(folderOfAll, 'first-'));
  await install?.(environment);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env: environment, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    while (!(await answers(url))) {
      if (performance.now() - startedAt > limitMs || child.exitCode !== null) throw new Error(`${name} did not start.`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return await look(child.pid ?? 0, performance.now() - startedAt);
  } finally {
    child.kill('SIGINT');
    await ended;
  }
};

/** As npm does at the end of an installation. */
const prepare = async (env: NodeJS.ProcessEnv): Promise<unknown> => {
  await rm(join(root, 'node_modules', '.cache', 'everyfile'), { recursive: true, force: true });
  return promisify(execFile)(process.execPath, [join(root, 'scripts', 'prepare.ts')], { cwd: root, env });
};

const measure = (contender: Contender): Promise<Sample> =>
  started(contender, async (pid, wallMs) => ({ wallMs, ...(await usageOf(pid)) }));

/** The process and the bundler that it has started, in MiB. */
const measureIdle = (contender: Contender): Promise<readonly number[]> =>
  started(contender, async (pid) => {
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const all = [pid, ...children.split(' ').filter(Boolean).map(Number)];
    return (await Promise.all(all.map(usageOf))).map(({ residentMiB }) => residentMiB);
  });

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const of = (samples: readonly Sample[], field: keyof Sample): number => median(samples.map((sample) => sample[field]));

const rounds = Number(process.argv[2] ?? 5);
try {
  const folder = join(folderOfAll, 'service');
  await mkdir(folder);
  const [port = 0, ...others] = await freePorts(5);
  await writeFile(join(folder, 'serverless.yml'), baselineService(others));
  await writeFile(join(folder, 'package.json'), '{"name":"baseline","private":true}');
  await writeFile(join(folder, 'nothing.ts'), 'export const handler = async () => ({ statusCode: 200, body: "" });\n');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const args = ['--port', String(port), '--stateDir', join(folder, 'state'), '--fresh'];
  const url = `http://127.0.0.1:${port}/_everyfile/health`;
  const start = { folder: root, script: join(root, 'scripts', 'start.ts'), args, url };
  const contenders: readonly Contender[] = [
    { name: 'npm start, first', ...start, install: prepare },
    { name: 'npm start', ...start },
    { name: 'sls offline', folder: root, script: sls, args: ['offline', '--stage', 'local', ...args], url },
    { name: 'published plugins', folder, script: sls, args: ['offline'], url: `http://localhost:${others[0] ?? 0}/` },
  ];
  // Once each beforehand: caches of the disk and of compiled modules are as after any first start.
  for (const contender of contenders) await measure(contender);
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) samples.get(contender.name)?.push(await measure(contender));
  }
  const baseline = samples.get('published plugins') ?? [];
  for (const [name, taken] of samples) {
    const ratios = (['wallMs', 'cpuMs'] as const).map((field) => (of(taken, field) / of(baseline, field)).toFixed(2));
    console.log(
      `${name.padEnd(18)} first answer ${(of(taken, 'wallMs') / 1000).toFixed(2)} s (×${ratios[0] ?? ''}), ` +
        `processor ${(of(taken, 'cpuMs') / 1000).toFixed(2)} s (×${ratios[1] ?? ''}), ` +
        `resident ${of(taken, 'residentMiB').toFixed(0)} MiB`,
    );
  }
  // A first start is idle as any other is.
  for (const contender of contenders.slice(1)) {
    const resident = (await measureIdle(contender)).map((mebibytes) => mebibytes.toFixed(0)).join(' + ');
    console.log(`${contender.name.padEnd(18)} idle, resident ${resident} MiB with its bundler`);
  }
} finally {
  await rm(folderOfAll, { recursive: true, force: true });
}
