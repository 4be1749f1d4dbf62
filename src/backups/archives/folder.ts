import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TroubleError } from '../../runtime/errors.ts';
import type { ArchiveSession } from '../archive.ts';
import { writeWhole } from '../reader/whole-file.ts';
import { failed, full, refused } from './trouble.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']);

/**
 * A folder of this machine, as a disk or a share of a NAS is mounted.
 *
 * @param folder absolute
 */
export function createFolderArchive(folder: string): () => Promise<ArchiveSession> {
  /** A share whose server is away may hold up a call for good, and each takes one of the few threads that names are looked up with, too. */
  let isHeldUp = false;

  async function once<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isHeldUp) throw failed(folder, 'a call before has not ended yet');
    isHeldUp = true;
    try {
      return await work();
    } catch (error) {
      throw fileTrouble(folder, error);
    } finally {
      isHeldUp = false;
    }
  }

  const session: ArchiveSession = {
    list: () =>
      once(async () => {
        const files: { path: string; bytes: number }[] = [];
        for (const name of await foldersIn(folder)) {
          for (const file of await readdir(join(folder, name), { withFileTypes: true })) {
            if (!file.isFile()) continue;
            const bytes = await sizeOf(join(folder, name, file.name));
            if (bytes !== null) files.push({ path: `${name}/${file.name}`, bytes });
          }
        }
        return files;
      }),
    size: (path) => once(() => sizeOf(join(folder, path))),
    put: (path, bytes) => once(() => writeWhole(dirname(join(folder, path)), basename(path), bytes)),
    remove: (path) => once(() => rm(join(folder, path), { force: true })),
    close() {},
  };
  return async () => session;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const { size } = await stat(path);
    return size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function fileTrouble(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === null || error instanceof TroubleError) return error;
  if (FULL.has(code)) return full(folder, code, error);
  return REFUSED.has(code) ? refused(folder, code, error) : failed(folder, code, error);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
