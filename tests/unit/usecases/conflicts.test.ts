import { PermanentError, ServiceUnavailableError } from '../../../lib/domain/errors.ts';
import { processFile } from '../../../lib/usecases/process-file.ts';
import { replayFile } from '../../../lib/usecases/replay-file.ts';
import { logsExportWorld } from '../../support/logs-export-world.ts';
import { inMemoryWorld, testSettings } from '../../support/world.ts';

/** S3 answers 409 to a conditional write that races another one: as the adapters tell of it. */
const raced = (): ServiceUnavailableError => new ServiceUnavailableError('another write of the key is under way (409)');

describe('a conditional write that another one races (409)', () => {
  it('leaves a replay to its next try, the file still in quarantine', async () => {
    const refusing = { name: 'refusing', run: () => Promise.reject(new PermanentError('no')) };
    const world = await inMemoryWorld({ rules: [{ prefix: 'incoming/', actions: [refusing] }] });
    const file = await world.put('incoming/a', 'A');
    const deadlineAt = world.clock.now() + 60_000;
    expect(await processFile(world.dependencies, { file, via: 'event', deadlineAt })).toBe('poison');
    await world.clock.advance(testSettings.leaseMs + testSettings.skewMs + 1);

    const { ledger, clock, settings } = world.dependencies;
    let races = 1;
    const quarantine: typeof world.quarantine = {
      ...world.quarantine,
      restore: async (one) => {
        if ((races -= 1) >= 0) throw raced();
        return world.quarantine.restore(one);
      },
    };
    const replay = () => replayFile({ ledger, quarantine, clock, settings }, file);
    await expect(replay()).rejects.toThrow(ServiceUnavailableError);
    expect(await world.quarantine.list()).toHaveLength(1);
    expect(await world.keys()).not.toContain(file.key);
    expect(await replay()).toBe('replayed');
    expect(await world.keys()).toContain(file.key);
  });

  it('costs an execution of the logs export one more turn, and no manifest', async () => {
    const now = Date.UTC(2028, 2, 2, 14);
    const [calm, other] = [logsExportWorld(now), logsExportWorld(now)];
    for (const { addGroup } of [calm, other]) addGroup('/app', [Date.UTC(2028, 1, 7)]);
    other.state.isManifestRaced = true;
    expect([(await calm.runToEnd()).status, (await other.runToEnd()).status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(other.state.isManifestRaced).toBe(false);
    expect([...other.manifests.keys()]).toEqual([...calm.manifests.keys()]);
    expect(calm.manifests.size).toBe(3);
  });
});
