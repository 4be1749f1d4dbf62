import { readFileSync } from 'node:fs';

/**
 * Names the boot of this machine within which all processes, those in containers too, share one monotonic clock; `null` where
 * that cannot be told (not on Linux, or in a time namespace whose clock is shifted).
 */
export function findBootId(read: (file: string) => string | null = readText): string | null {
  const bootId = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  if (!/^[0-9a-f-]{36}$/.test(bootId)) return null;
  // Older kernels have no time namespaces, and no such file.
  const offsets = read('/proc/self/timens_offsets');
  return offsets === null || /^monotonic\s+0\s+0$/m.test(offsets) ? bootId : null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
