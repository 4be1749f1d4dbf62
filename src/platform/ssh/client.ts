import type { Clock } from '../../runtime/clock.ts';
import type { SftpSession } from './sftp.ts';
import type { HostKeys, SshSession, SshTarget } from './shell.ts';

/** Logs in to other machines. Host keys, and private keys that were parsed, are shared by all logins. */
export interface SshClient {
  /** As `openSsh`. */
  openShell(target: SshTarget, signal: AbortSignal): Promise<SshSession>;
  /** As `openSftp`. */
  openFiles(target: SshTarget, signal: AbortSignal): Promise<SftpSession>;
}

/** The library takes some MB: it is loaded with the first login. */
export function createSshClient(deps: { readonly hostKeys: HostKeys; readonly clock: Clock }): SshClient {
  let loaded: ReturnType<typeof load> | null = null;

  async function load() {
    const [{ openSsh }, { openSftp }, { createPrivateKeys }] = await Promise.all([
      import('./shell.ts'),
      import('./sftp.ts'),
      import('./private-keys.ts'),
    ]);
    return { openSsh, openSftp, deps: { ...deps, privateKeys: createPrivateKeys(deps.clock) } };
  }

  return {
    async openShell(target, signal) {
      loaded ??= load();
      const { openSsh, deps: all } = await loaded;
      return await openSsh(target, all, signal);
    },
    async openFiles(target, signal) {
      loaded ??= load();
      const { openSftp, deps: all } = await loaded;
      return await openSftp(target, all, signal);
    },
  };
}
