import { existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server and all databases of a run stay far below. */
const ROOM_BYTES = 2 * 1024 ** 3;
const IN_MEMORY = '/dev/shm';

/** A new folder for databases of tests: in memory where there is room, as waiting for a disk says nothing of what is tested. */
export function scratchFolder(prefix: string): string {
  return mkdtempSync(join(hasRoom() ? IN_MEMORY : tmpdir(), prefix));
}

function hasRoom(): boolean {
  if (!existsSync(IN_MEMORY)) return false;
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return bavail * bsize >= ROOM_BYTES;
}
