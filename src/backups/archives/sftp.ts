import type { SshClient } from '../../platform/ssh/client.ts';
import { NO_SUCH_FILE, PERMISSION_DENIED, SftpError } from '../../platform/ssh/sftp-error.ts';
import type { SshTarget } from '../../platform/ssh/shell.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { ArchivedFile, ArchiveSession } from '../archive.ts';
import { isArchivePath } from '../archive-names.ts';
import { failed, refused, unreachable } from './trouble.ts';

export interface SftpSettings extends Omit<SshTarget, 'timeoutMs' | 'legacy'> {
  /** Absolute, or from the folder that the login begins in; without a slash at the end. */
  readonly path: string;
}

const LOGIN_TIMEOUT_MS = 30_000;
const SUFFIX = '.part';

/** A folder of a machine with SSH. Its host key is pinned at first use, or given. */
export function createSftpArchive(
  place: string,
  settings: SftpSettings,
  ssh: Pick<SshClient, 'openFiles'>,
): (signal: AbortSignal) => Promise<ArchiveSession> {
  const pathOf = (path: string) => `${settings.path}/${path}`;

  return async (signal) => {
    const target = { ...settings, legacy: false, timeoutMs: LOGIN_TIMEOUT_MS };
    const sftp = await ssh.openFiles(target, signal).catch((error: unknown) => {
      throw archiveAdvice(error);
    });

    async function once<Result>(work: () => Promise<Result>): Promise<Result> {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SftpError)) throw error;
        if (error.status === null) throw unreachable(place, 'the connection was lost');
        const said = `SFTP status ${error.status}`;
        if (error.status === PERMISSION_DENIED || error.status === NO_SUCH_FILE) throw refused(place, said);
        throw failed(place, said);
      }
    }

    async function unlessMissing<Result>(work: () => Promise<Result>): Promise<Result | null> {
      try {
        return await work();
      } catch (error) {
        if (error instanceof SftpError && error.status === NO_SUCH_FILE) return null;
        throw error;
      }
    }

    const entriesIn = async (path: string) => (await unlessMissing(() => sftp.entries(path))) ?? [];

    /** Makes each folder of a path that is missing. Whether one is there is seen by what follows. */
    async function makeFolders(path: string): Promise<void> {
      const parts = path.split('/');
      for (let count = 1; count <= parts.length; count += 1) {
        const folder = parts.slice(0, count).join('/');
        if (folder === '') continue;
        await sftp.makeFolder(folder).catch((error: unknown) => {
          if (!(error instanceof SftpError) || error.status === null) throw error;
        });
      }
    }

    return {
      list: () =>
        once(async () => {
          const files: ArchivedFile[] = [];
          for (const folder of await entriesIn(settings.path)) {
            if (!folder.isFolder || !isArchivePath(`${folder.name}/file`)) continue;
            for (const { name, isFolder, bytes } of await entriesIn(pathOf(folder.name))) {
              const path = `${folder.name}/${name}`;
              if (!isFolder && isArchivePath(path)) files.push({ path, bytes });
            }
          }
          return files;
        }),
      size: (path) => once(() => unlessMissing(() => sftp.size(pathOf(path)))),
      put: (path, bytes) =>
        once(async () => {
          const [whole, part] = [pathOf(path), pathOf(`${path}${SUFFIX}`)];
          const written = await unlessMissing(async () => {
            await sftp.write(part, bytes);
            return true;
          });
          if (written === null) {
            await makeFolders(whole.slice(0, whole.lastIndexOf('/')));
            await sftp.write(part, bytes);
          }
          await sftp.rename(part, whole);
        }),
      remove: (path) => once(async () => void (await unlessMissing(() => sftp.remove(pathOf(path))))),
      close: () => sftp.close(),
    };
  };
}

/** The same trouble as of a device, with what to do about an archive. */
function archiveAdvice(error: unknown): unknown {
  if (!(error instanceof TroubleError) || error.code !== 'SSH_HOST_KEY_CHANGED') return error;
  const advice =
    'If the server was replaced, compare this fingerprint on the server itself and set it as hostKey of the archive. Otherwise somebody may listen in.';
  return new TroubleError(error.code, error.message, advice);
}
