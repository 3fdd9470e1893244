import { ServiceUnavailableError } from '../../lib/domain/errors.ts';
import type { FileVersion } from '../../lib/domain/file-version.ts';
import { quarantineKey, reasonKey } from '../../lib/domain/quarantine.ts';
import { contractCases, type ContractWorld, type Differences, type MakeContractWorld } from './contract-world.ts';

const quarantined = async (world: ContractWorld, key: string): Promise<FileVersion> => {
  const { objectStore } = world.ports;
  const file = await world.put(key, key);
  await objectStore.copy(file, quarantineKey(file));
  const reason = { ...file, reason: 'Error: no', attempts: 3, quarantinedAt: '2026-01-01T00:00:00.000Z' };
  await objectStore.putDocument(world.inboxBucket, reasonKey(file), reason);
  await objectStore.remove(file);
  return file;
};

/** What the quarantine must do, for the fake and the adapter alike. */
export const quarantineSuite = (makeWorld: MakeContractWorld, differences: Differences = {}): void => {
  const { holds } = contractCases(makeWorld, differences);

  holds('lists every file by its reason, over any number of pages, and takes no file for a reason', async (world) => {
    const keys = ['incoming/a b+é', 'incoming/%2F', 'incoming/x/reason.json', 'incoming/reason.json', 'incoming/5'];
    const files = [];
    for (const key of keys) files.push(await quarantined(world, key));
    const found = await world.ports.quarantine.list();
    expect(found.map(({ file }) => file.id).sort()).toEqual(files.map(({ id }) => id).sort());
    expect(found[0]).toMatchObject({ reason: 'Error: no', attempts: 3, quarantinedAt: '2026-01-01T00:00:00.000Z' });
  });

  holds('restores as the same file version, and keeps the copy', async (world) => {
    const file = await quarantined(world, 'incoming/a b+é');
    expect(await world.ports.quarantine.restore(file)).toBe('restored');
    expect(await world.ports.objectStore.stands(file)).toBe(true);
    expect(await world.read(quarantineKey(file))).toBe('incoming/a b+é');
  });

  holds('never restores over another object', async (world) => {
    const file = await quarantined(world, 'incoming/a');
    await world.put('incoming/a', 'newer');
    expect(await world.ports.quarantine.restore(file)).toBe('occupied');
    expect(await world.read('incoming/a')).toBe('newer');
  });

  holds('is unavailable where a restore is raced (409), and keeps the copy for the next', async (world) => {
    const file = await quarantined(world, 'incoming/a');
    world.conflictNextWrites(1);
    await expect(world.ports.quarantine.restore(file)).rejects.toThrow(ServiceUnavailableError);
    expect([await world.read('incoming/a'), await world.read(quarantineKey(file))]).toEqual([undefined, 'incoming/a']);
    expect(await world.ports.quarantine.restore(file)).toBe('restored');
  });

  holds('says that the copy is gone', async (world) => {
    const file = await quarantined(world, 'incoming/a');
    await world.delete(quarantineKey(file));
    expect(await world.ports.quarantine.restore(file)).toBe('absent');
  });

  holds('takes its own restored file for another’s when the response was lost', async (world) => {
    const file = await quarantined(world, 'incoming/a');
    world.loseNextResponse('quarantine');
    expect(await world.ports.quarantine.restore(file)).toBe('occupied');
    expect(await world.ports.objectStore.stands(file)).toBe(true);
  });

  holds('is unavailable while it is throttled', async (world) => {
    const file = await quarantined(world, 'incoming/a');
    world.throttleNext('quarantine');
    await expect(world.ports.quarantine.list()).rejects.toThrow(ServiceUnavailableError);
    world.throttleNext('quarantine');
    await expect(world.ports.quarantine.restore(file)).rejects.toThrow(ServiceUnavailableError);
    expect(await world.read('incoming/a')).toBeUndefined();
  });
};
