import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has held so far, in bytes. On Linux the kernel's `ru_maxrss` begins with what the
 * parent held when it forked (a test runner holds a lot), so the high-water mark of this process's own memory is read.
 */
export const peakMemoryBytes = (): number => {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('/proc/self/status does not tell VmHWM');
  return Number(kilobytes) * 1024;
};
