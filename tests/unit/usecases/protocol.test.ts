import { protocolSuite } from '../../support/protocol-suite.ts';
import { inMemoryWorld } from '../../support/world.ts';

describe('the protocol on the fakes', () => {
  protocolSuite(inMemoryWorld);
});
