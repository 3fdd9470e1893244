import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { findMoto, findPython } from './find-tools.ts';

const [python, moto] = [findPython(), findMoto()];
const script = join(import.meta.dirname, 'moto_exports.py');
const withMoto = python === undefined || moto === undefined ? describe.skip : describe;

if (python === undefined || moto === undefined) {
  process.stderr.write('moto_server or boto3 is not installed: exports are not compared (EVERYFILE_MOTO_SERVER).\n');
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const untilAnswers = async (endpoint: string, server: ChildProcess): Promise<void> => {
  while (server.exitCode === null) {
    const answers = await fetch(`${endpoint}/moto-api/`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`moto_server ended with ${server.exitCode}.`);
};

const exportAt = async (endpoint: string): Promise<unknown> => {
  const options = { env: { PATH: process.env['PATH'] } };
  const { stdout } = await promisify(execFile)(python ?? '', [script, endpoint], options);
  return JSON.parse(stdout);
};

withMoto('an export as another emulator of CloudWatch Logs makes it', () => {
  let cloud: TestCloud;
  let server: ChildProcess;
  let endpoint: string;

  beforeAll(async () => {
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    server = spawn(moto ?? '', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    cloud = await startTestCloud({ resources: {} });
    await untilAnswers(endpoint, server);
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    await cloud.close();
  });

  it('is the same to its caller: answers, files, lines and refusals', async () => {
    const [theirs, ours] = await Promise.all([exportAt(endpoint), exportAt(cloud.endpoint)]);
    expect(ours).toEqual(theirs);
  });
});
