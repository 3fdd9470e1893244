import { measureBundleMemory } from '../../scripts/bundle-memory.ts';

const mebibyte = 1024 * 1024;

describe('the packaged processor', () => {
  it('streams: an object of 300 MiB is processed in a process that never holds 256', async () => {
    const { objectBytes, peakBytes } = await measureBundleMemory(300 * mebibyte);
    expect(objectBytes).toBe(300 * mebibyte);
    expect(peakBytes).toBeLessThan(256 * mebibyte);
  }, 180_000);
});
