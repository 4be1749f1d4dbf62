import { readFileSync } from 'node:fs';

/**
 * The most memory this process had, MiB. On Linux not by `process.resourceUsage()`: what that tells counts from before the child became
 * a program of its own, and so is at least what its parent had.
 */
export function peakMemoryMib(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kib = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib || Number.NaN) / 1024;
}
