import type { SshClient } from '../../platform/ssh/client.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Archive } from '../archive.ts';
import { createFolderArchive } from './folder.ts';
import { createRcloneArchive } from './rclone.ts';
import { createS3Archive } from './s3.ts';
import type { ArchiveSettings } from './settings.ts';
import { createSftpArchive } from './sftp.ts';
import { createWebdavArchive } from './webdav.ts';

export interface ArchiveDeps {
  readonly ssh: Pick<SshClient, 'openFiles'>;
  readonly clock: Clock;
  /** Copies of each device, where the archive does not say. */
  readonly keep: number;
}

/** The archives of the configuration, by name. */
export function createArchives(
  settings: Readonly<Record<string, ArchiveSettings>>,
  deps: ArchiveDeps,
): readonly Archive[] {
  return Object.entries(settings).map(([name, archive]) => {
    return { name, keep: archive.keep ?? deps.keep, ...createArchive(archive, deps) };
  });
}

type Made = Pick<Archive, 'kind' | 'place' | 'isOpenToRead' | 'open'>;

/** One of its kinds is there. */
function createArchive({ folder, s3, webdav, sftp, rclone, config }: ArchiveSettings, deps: ArchiveDeps): Made {
  if (folder !== undefined) {
    return { kind: 'folder', place: folder, isOpenToRead: false, open: createFolderArchive(folder) };
  }
  if (s3 !== undefined) {
    const endpoint = s3.endpoint ?? `https://s3.${s3.region}.amazonaws.com`;
    const place = `${endpoint}/${s3.bucket}/${s3.prefix}`;
    // What is signed shows no key.
    return { kind: 's3', place, isOpenToRead: false, open: createS3Archive(place, { ...s3, endpoint }, deps.clock) };
  }
  if (webdav !== undefined) {
    const isOpenToRead = webdav.url.startsWith('http:');
    return { kind: 'webdav', place: webdav.url, isOpenToRead, open: createWebdavArchive(webdav.url, webdav) };
  }
  if (sftp !== undefined) {
    const place = `sftp://${sftp.host}:${sftp.port}/${sftp.path}`;
    return { kind: 'sftp', place, isOpenToRead: false, open: createSftpArchive(place, targetOf(sftp), deps.ssh) };
  }
  if (rclone === undefined) throw new Error('an archive is of no known kind');
  const open = createRcloneArchive(rclone, { remote: rclone, config: config ?? null });
  return { kind: 'rclone', place: rclone, isOpenToRead: false, open };
}

function targetOf({ password, privateKey, passphrase, hostKey, ...others }: NonNullable<ArchiveSettings['sftp']>) {
  return {
    ...others,
    ...{ password: password ?? null, privateKey: privateKey ?? null },
    ...{ passphrase: passphrase ?? null, hostKey: hostKey ?? null },
  };
}
