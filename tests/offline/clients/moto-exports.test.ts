import { join } from 'node:path';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { findMoto, findPython } from '../../support/find-tools.ts';
import { runPython } from '../../support/run-python.ts';
import { startMotoServer, type MotoServer } from '../../support/moto-server.ts';

const [python, moto] = [findPython(), findMoto()];
const script = join(import.meta.dirname, 'moto_exports.py');
const withMoto = python === undefined || moto === undefined ? describe.skip : describe;

if (python === undefined || moto === undefined) {
  process.stderr.write('moto_server or boto3 is not installed: exports are not compared (EVERYFILE_MOTO_SERVER).\n');
}

const exportAt = (endpoint: string): Promise<unknown> => runPython(python ?? '', endpoint, script);

withMoto('an export as another emulator of CloudWatch Logs makes it', () => {
  let cloud: TestCloud;
  let server: MotoServer;

  beforeAll(async () => {
    [cloud, server] = await Promise.all([startTestCloud({ resources: {} }), startMotoServer(moto ?? '')]);
  });
  afterAll(() => Promise.all([server.close(), cloud.close()]));

  it('is the same to its caller: answers, files, lines and refusals', async () => {
    const [theirs, ours] = await Promise.all([exportAt(server.endpoint), exportAt(cloud.endpoint)]);
    expect(ours).toEqual(theirs);
  });
});
