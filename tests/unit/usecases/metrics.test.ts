import { PermanentError } from '../../../lib/domain/errors.ts';
import type { FileVersion } from '../../../lib/domain/file-version.ts';
import type { Via } from '../../../lib/domain/ledger-item.ts';
import { processFile } from '../../../lib/usecases/process-file.ts';
import { inMemoryWorld } from '../../support/world.ts';

const bad = {
  name: 'bad',
  run: async () => {
    throw new PermanentError('never');
  },
};
const worldToWatch = async () => {
  const world = await inMemoryWorld({
    rules: [
      { prefix: 'incoming/bad/', actions: [bad] },
      { prefix: 'incoming/', actions: [] },
    ],
  });
  const process = (file: FileVersion, via: Via) => processFile(world.dependencies, { file, via, deadlineAt: Infinity });
  return { world, process, recorded: world.metrics.recorded };
};

describe('the numbers of a file', () => {
  it('are one count by route and outcome, and how long it waited since it was put', async () => {
    const { world, process, recorded } = await worldToWatch();
    const file = await world.put('incoming/a', 'A');
    await world.clock.advance(90_000);
    await process(file, 'queue');
    await process(file, 'event');
    expect(recorded).toEqual([
      { files: 1, waitSeconds: 90, route: 'queue', outcome: 'done' },
      { files: 1, route: 'event', outcome: 'duplicate' },
    ]);
  });

  it('count a file into quarantine once, however often it is met there', async () => {
    const { world, process, recorded } = await worldToWatch();
    const file = await world.put('incoming/bad/a', 'A');
    for (let times = 0; times < 3; times += 1) await process(file, 'event');
    expect(recorded.filter(({ quarantined }) => quarantined === 1)).toHaveLength(1);
    expect(recorded.filter((one) => Object.values<unknown>(one).includes('poison'))).toHaveLength(3);
  });
});
