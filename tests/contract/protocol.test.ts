import { emulatedWorld } from '../support/emulated-world.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { protocolSuite } from '../support/protocol-suite.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 30_000);
afterAll(() => cloud.close());

describe('the protocol on the local cloud', () => {
  protocolSuite(emulatedWorld(() => cloud));
});
