/**
 * `npm run measure:memory [-- <MiB>]`: how much memory the packaged processor takes for an object of 1 GiB. Ends with an
 * error when it is not under 256 MiB.
 */
import { measureBundleMemory } from './bundle-memory.ts';

const mebibyte = 1024 * 1024;
const limitMiB = 256;

const [, , sizeMiB = '1024'] = process.argv;
const size = Number(sizeMiB);
if (!Number.isInteger(size) || size < 1 || size > 50_000) {
  console.error(`The size must be a whole number of MiB from 1 to 50000, not "${sizeMiB}".`);
  process.exit(2);
}
const { peakBytes, seconds } = await measureBundleMemory(size * mebibyte);
const peakMiB = Math.ceil(peakBytes / mebibyte);
console.log(`object      ${size} MiB, processed in ${seconds.toFixed(1)} s`);
console.log(`peak memory ${peakMiB} MiB, limit ${limitMiB} MiB`);
if (peakMiB >= limitMiB) process.exitCode = 1;
