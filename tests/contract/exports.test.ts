import { setPace } from '../offline/logs/support.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { exportsSuite } from './exports-suite.ts';
import { adapterExportsWorld, fakeExportsWorld } from './exports-worlds.ts';
import { findMoto } from '../support/find-tools.ts';
import { startMotoServer, type MotoServer } from '../support/moto-server.ts';

describe('the fake of the logs export', () => exportsSuite(fakeExportsWorld));

describe('the adapters of the logs export on the local cloud', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ resources: {} });
    await setPace(cloud.endpoint, { pendingMs: 100, runningMs: 20 });
  }, 30_000);
  afterAll(() => cloud.close());

  exportsSuite(adapterExportsWorld(() => cloud.clientConfig()));
});

const command = findMoto();
if (command === undefined) {
  it.skip('the adapters of the logs export on moto: `moto_server` is not installed (pip install "moto[server]"), so this opinion is left out', () =>
    undefined);
} else {
  describe('the adapters of the logs export on moto', () => {
    let moto: MotoServer | undefined;
    beforeAll(async () => {
      moto = await startMotoServer(command);
    }, 60_000);
    afterAll(() => moto?.close());

    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    exportsSuite(
      adapterExportsWorld(() => ({ endpoint: moto!.endpoint, region: 'us-east-1', credentials })),
      {
        'gives the account’s one slot to one task at a time': 'moto completes a task within its create',
        'completes a task, whose events from the first to the last millisecond arrive':
          'moto writes the test object at the root of the bucket, not under the prefix',
        'lets each end of a range arrive by itself': 'moto writes into a folder that is not named by the task',
        'refuses a range that ends before the group was created': 'moto takes any range',
        'completes a task that finds nothing, and leaves its test object':
          'moto writes the test object at the root of the bucket, not under the prefix',
        'refuses to export where the bucket’s policy does not let CloudWatch Logs in': 'moto reads no bucket policy',
      },
    );
  });
}
