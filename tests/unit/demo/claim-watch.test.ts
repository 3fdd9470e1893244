import { createClaimWatch } from '../../../demo/claim-watch.ts';
import { makeRequest, makeVersion } from './make-facts.ts';

const file = makeVersion('a.txt');
const claim = makeRequest(file, { 'set.status': 'PROCESSING', 'set.key': file.key, 'set.eTag': file.eTag });

describe('a sender that waits for its file to be claimed', () => {
  it('goes on when the claim is seen, or was seen before', async () => {
    const watch = createClaimWatch();
    const claimed = watch.untilClaimed(file, 1e9);
    watch.requests([claim]);
    await claimed;
    await watch.untilClaimed(file, 1e9);
  });

  it('goes on when its patience is over, whatever other files were claimed', async () => {
    const watch = createClaimWatch();
    watch.requests([claim]);
    await watch.untilClaimed(makeVersion('b.txt'), 1);
  });
});
