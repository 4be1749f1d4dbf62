import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a file that only its owner can read, in place of one of that name: a half-written one has another name, and what is written is
 * on the disk when this resolves. Rejects with the error of the file system.
 */
export async function writeWhole(folder: string, name: string, bytes: Buffer): Promise<void> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  try {
    await synced(part, 'w', (file) => file.writeFile(bytes));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
  // The name itself is in the folder, which has to reach the disk too. A share of Windows cannot do that for a folder.
  await synced(folder, 'r', async () => {}).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
  });
}

async function synced(
  path: string,
  flags: 'r' | 'w',
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
