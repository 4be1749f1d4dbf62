import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TroubleError } from '../../runtime/errors.ts';
import { type ImportedFile, instantInName, MOST_FILE_BYTES } from '../import.ts';
import { deviceOfSafeName } from '../safe-name.ts';
import { writeWhole } from './whole-file.ts';

/** The files of a folder that holds `<device>/<date>.rsc`. Rejects with a `TroubleError` `BACKUP_FOLDER` where it cannot be read. */
export async function readFolder(folder: string): Promise<readonly ImportedFile[]> {
  return await orTrouble(folder, async () => {
    const files: ImportedFile[] = [];
    for (const below of await readdir(folder, { withFileTypes: true })) {
      if (!below.isDirectory() || below.name.startsWith('.')) continue;
      const device = deviceOfSafeName(below.name);
      for (const file of await readdir(join(folder, below.name), { withFileTypes: true })) {
        if (!file.isFile() || file.name.startsWith('.')) continue;
        const path = join(folder, below.name, file.name);
        files.push({ device, path, at: instantInName(file.name), read: () => readBounded(path) });
      }
    }
    return files;
  });
}

async function readBounded(path: string): Promise<Buffer> {
  return await orTrouble(path, async () => {
    const { size } = await stat(path);
    if (size <= MOST_FILE_BYTES) return await readFile(path);
    throw new TroubleError(
      'BACKUP_FOLDER',
      `${path} is larger than a configuration can be`,
      'Take it out of the folder.',
    );
  });
}

/** Writes a file that only its owner can read; a half-written one has another name. Gives its path. */
export async function writePrivate(folder: string, name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  await orTrouble(path, () => writeWhole(folder, name, bytes));
  return path;
}

/** What the file system refuses is told as `BACKUP_FOLDER`. */
export async function orTrouble<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error instanceof TroubleError) throw error;
    throw new TroubleError(
      'BACKUP_FOLDER',
      `${path}: ${error.message}`,
      'Name a folder that this user can read and write.',
      {
        cause: error,
      },
    );
  }
}
